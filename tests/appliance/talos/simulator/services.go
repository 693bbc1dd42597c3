// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"time"

	cosi "github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/state/protobuf/server"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/api/storage"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Services are the parts of the machine's API that a small cluster uses; every other method is Unimplemented.
type Services struct {
	machine.UnimplementedMachineServiceServer
	storage.UnimplementedStorageServiceServer

	node *Machine
}

func register(target *grpc.Server, node *Machine, resources *Resources) {
	services := &Services{node: node}
	machine.RegisterMachineServiceServer(target, services)
	machine.RegisterLifecycleServiceServer(target, &lifecycle{node: node})
	machine.RegisterImageServiceServer(target, &images{})
	storage.RegisterStorageServiceServer(target, services)
	cosi.RegisterStateServer(target, server.NewState(resources.guarded()))
}

// Version implements machine.MachineServiceServer.
func (services *Services) Version(context.Context, *emptypb.Empty) (*machine.VersionResponse, error) {
	tag := ""
	services.node.look(func() { tag = services.node.disk.Version })

	return &machine.VersionResponse{Messages: []*machine.Version{{
		Version:  &machine.VersionInfo{Tag: tag, Os: "linux", Arch: "amd64"},
		Platform: &machine.PlatformInfo{Name: "metal", Mode: "metal"},
		Features: &machine.FeaturesInfo{Rbac: true},
	}}}, nil
}

// Bootstrap implements machine.MachineServiceServer.
func (services *Services) Bootstrap(_ context.Context, request *machine.BootstrapRequest) (*machine.BootstrapResponse, error) {
	if request.GetRecoverEtcd() {
		return nil, status.Error(codes.Unimplemented, "recovering etcd is not simulated")
	}

	err := services.configured("bootstrap")
	if err != nil {
		return nil, err
	}

	node := services.node
	node.change(func() {
		switch {
		case node.faults.NotReady > 0 || node.isBooting():
			node.faults.NotReady = max(0, node.faults.NotReady-1)
			err = status.Error(codes.FailedPrecondition, "bootstrap is not available yet")
		case node.faults.TimeNotInSync:
			err = status.Error(codes.FailedPrecondition, "time is not in sync yet")
		case node.disk.Bootstrapped:
			err = status.Error(codes.AlreadyExists, "etcd data directory is not empty")
		default:
			node.disk.Bootstrapped = true
		}
	})

	if err != nil {
		return nil, err
	}

	return &machine.BootstrapResponse{Messages: []*machine.Bootstrap{{}}}, nil
}

// Kubeconfig implements machine.MachineServiceServer: a compressed archive with one file in it.
func (services *Services) Kubeconfig(_ *emptypb.Empty, stream grpc.ServerStreamingServer[common.Data]) error {
	if err := services.configured("kubeconfig"); err != nil {
		return err
	}

	text, err := os.ReadFile(services.node.options.Kubeconfig)
	if err != nil {
		return err
	}

	var packed bytes.Buffer

	zipped := gzip.NewWriter(&packed)
	archive := tar.NewWriter(zipped)

	header := &tar.Header{Typeflag: tar.TypeReg, Name: "kubeconfig", Size: int64(len(text)), ModTime: time.Now(), Mode: 0o600}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}

	if _, err := archive.Write(text); err != nil {
		return err
	}

	if err := archive.Close(); err != nil {
		return err
	}

	if err := zipped.Close(); err != nil {
		return err
	}

	return stream.Send(&common.Data{Bytes: packed.Bytes()})
}

// ServiceList implements machine.MachineServiceServer.
func (services *Services) ServiceList(context.Context, *emptypb.Empty) (*machine.ServiceListResponse, error) {
	listed := []*machine.ServiceInfo{}
	for _, service := range services.node.services() {
		listed = append(listed, &machine.ServiceInfo{
			Id: service.id, State: service.state, Events: &machine.ServiceEvents{}, Health: &machine.ServiceHealth{
				Unknown: service.state != "Running", Healthy: service.state == "Running",
			},
		})
	}

	return &machine.ServiceListResponse{Messages: []*machine.ServiceList{{Services: listed}}}, nil
}

// Read implements machine.MachineServiceServer for the one file by which a reboot is known.
func (services *Services) Read(request *machine.ReadRequest, stream grpc.ServerStreamingServer[common.Data]) error {
	if request.GetPath() != "/proc/sys/kernel/random/boot_id" {
		return status.Errorf(codes.Unimplemented, "reading %s is not simulated", request.GetPath())
	}

	boot := ""
	services.node.look(func() { boot = services.node.boot })

	return stream.Send(&common.Data{Bytes: []byte(boot + "\n")})
}

// List implements machine.MachineServiceServer for etcd's data directory.
func (services *Services) List(request *machine.ListRequest, stream grpc.ServerStreamingServer[machine.FileInfo]) error {
	if request.GetRoot() != constants.EtcdDataPath {
		return status.Errorf(codes.Unimplemented, "listing %s is not simulated", request.GetRoot())
	}

	names := []string{"."}
	services.node.look(func() {
		if services.node.disk.Bootstrapped {
			names = append(names, "member")
		}
	})

	for _, name := range names {
		if err := stream.Send(&machine.FileInfo{Name: filepath.Join(request.GetRoot(), name), RelativeName: name, IsDir: true}); err != nil {
			return err
		}
	}

	return nil
}

// Disks implements storage.StorageServiceServer: by it talosctl knows that a machine which was wiped is in maintenance mode.
func (services *Services) Disks(context.Context, *emptypb.Empty) (*storage.DisksResponse, error) {
	return &storage.DisksResponse{Messages: []*storage.Disks{{}}}, nil
}

// configured refuses what a machine without a configuration does not have, in machined's words.
func (services *Services) configured(api string) error {
	maintenance := false
	services.node.look(func() { maintenance = services.node.config == nil })

	if maintenance {
		return status.Errorf(codes.Unimplemented, "machine type is not set, cannot use %s API", api)
	}

	return nil
}
