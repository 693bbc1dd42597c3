// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// lifecycle answers an upgrade as clients since 1.13 ask for it.
type lifecycle struct {
	machine.UnimplementedLifecycleServiceServer

	node *Machine
}

// images answers the pull with which an upgrade begins.
type images struct {
	machine.UnimplementedImageServiceServer
}

// Pull implements machine.ImageServiceServer: every image is there already.
func (*images) Pull(
	request *machine.ImageServicePullRequest, stream grpc.ServerStreamingServer[machine.ImageServicePullResponse],
) error {
	if _, err := versionOf(request.GetImageRef()); err != nil {
		return err
	}

	return stream.Send(&machine.ImageServicePullResponse{
		Response: &machine.ImageServicePullResponse_Name{Name: request.GetImageRef()},
	})
}

// Upgrade implements machine.LifecycleServiceServer: it installs, and the client asks for the reboot.
func (lifecycle *lifecycle) Upgrade(
	request *machine.LifecycleServiceUpgradeRequest, stream grpc.ServerStreamingServer[machine.LifecycleServiceUpgradeResponse],
) error {
	version, err := versionOf(request.GetSource().GetImageName())
	if err != nil {
		return err
	}

	lifecycle.node.change(func() { lifecycle.node.disk.Installed = version })

	return stream.Send(&machine.LifecycleServiceUpgradeResponse{Progress: &machine.LifecycleServiceInstallProgress{
		Response: &machine.LifecycleServiceInstallProgress_ExitCode{ExitCode: 0},
	}})
}

// versionOf is the version that an installer's image is tagged with.
func versionOf(image string) (string, error) {
	_, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	if !found || !strings.HasPrefix(tag, "v") {
		return "", status.Errorf(codes.InvalidArgument, "image %q has no tag that is a version", image)
	}

	return tag, nil
}
