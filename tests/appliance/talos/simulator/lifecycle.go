// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Reboot implements machine.MachineServiceServer.
func (services *Services) Reboot(context.Context, *machine.RebootRequest) (*machine.RebootResponse, error) {
	services.node.reboot(func() {})

	return &machine.RebootResponse{Messages: []*machine.Reboot{{ActorId: "reboot"}}}, nil
}

// Reset implements machine.MachineServiceServer. A graceful one has to leave etcd first, which the only member cannot: it is
// accepted, and nothing happens, as on a real machine.
func (services *Services) Reset(_ context.Context, request *machine.ResetRequest) (*machine.ResetResponse, error) {
	answer := &machine.ResetResponse{Messages: []*machine.Reset{{ActorId: "reset"}}}

	bootstrapped := false
	services.node.look(func() { bootstrapped = services.node.disk.Bootstrapped })

	if request.GetGraceful() && bootstrapped {
		return answer, nil
	}

	state, ephemeral := len(request.GetSystemPartitionsToWipe()) == 0, len(request.GetSystemPartitionsToWipe()) == 0

	for _, partition := range request.GetSystemPartitionsToWipe() {
		switch partition.GetLabel() {
		case "STATE":
			state = partition.GetWipe()
		case "EPHEMERAL":
			ephemeral = partition.GetWipe()
		default:
			return nil, status.Errorf(codes.InvalidArgument, "partition %s is not simulated", partition.GetLabel())
		}
	}

	services.node.wipe(state, ephemeral)

	return answer, nil
}

// wipe empties partitions and boots; what lies on a user volume stays.
func (machine *Machine) wipe(state, ephemeral bool) {
	machine.reboot(func() {
		if state {
			machine.disk.Config, machine.disk.Staged = nil, nil
		}

		if ephemeral {
			machine.disk.Bootstrapped = false
		}
	})

	if ephemeral {
		machine.shell(machine.options.OnWipe)
	}
}

// Upgrade implements machine.MachineServiceServer, as clients before 1.13 use it.
func (services *Services) Upgrade(_ context.Context, request *machine.UpgradeRequest) (*machine.UpgradeResponse, error) {
	if err := services.node.upgrade(request.GetImage()); err != nil {
		return nil, err
	}

	return &machine.UpgradeResponse{Messages: []*machine.Upgrade{{Ack: "Upgrade request received", ActorId: "upgrade"}}}, nil
}

// Upgrade implements machine.LifecycleServiceServer.
func (lifecycle *lifecycle) Upgrade(
	request *machine.LifecycleServiceUpgradeRequest, _ grpc.ServerStreamingServer[machine.LifecycleServiceUpgradeResponse],
) error {
	return lifecycle.node.upgrade(request.GetSource().GetImageName())
}

// upgrade installs the version that an installer's image is tagged with, and boots.
func (machine *Machine) upgrade(image string) error {
	_, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	if !found || !strings.HasPrefix(tag, "v") {
		return status.Errorf(codes.InvalidArgument, "image %q has no tag that is a version", image)
	}

	machine.reboot(func() { machine.disk.Version = tag })

	return nil
}
