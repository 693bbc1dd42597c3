// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"slices"

	"github.com/google/uuid"
	api "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	ephemeral = "EPHEMERAL"
	stateful  = "STATE"
)

// Reboot implements machine.MachineServiceServer.
func (services *Services) Reboot(context.Context, *api.RebootRequest) (*api.RebootResponse, error) {
	actor := uuid.NewString()
	services.node.reboot(actor, func(*Disk) {})

	return &api.RebootResponse{Messages: []*api.Reboot{{ActorId: actor}}}, nil
}

// Reset implements machine.MachineServiceServer. A graceful one would leave etcd first, which the only member cannot.
func (services *Services) Reset(_ context.Context, request *api.ResetRequest) (*api.ResetResponse, error) {
	if len(request.GetUserDisksToWipe()) > 0 || request.GetGraceful() {
		return nil, status.Error(codes.Unimplemented, "wiping user disks and leaving etcd are not simulated")
	}

	labels, err := services.node.toWipe(request.GetSystemPartitionsToWipe())
	if err != nil {
		return nil, err
	}

	actor := uuid.NewString()
	services.node.wipe(actor, request.GetReboot(), labels)

	return &api.ResetResponse{Messages: []*api.Reset{{ActorId: actor}}}, nil
}

// toWipe are the labels of the volumes that a request names, or of all when it names none.
func (machine *Machine) toWipe(asked []*api.ResetPartitionSpec) ([]string, error) {
	machine.mu.Lock()
	defer machine.mu.Unlock()

	known := []string{}
	for _, volume := range machine.volumes() {
		known = append(known, volume.id)
	}

	if len(asked) == 0 {
		return known, nil
	}

	wanted := []string{}

	for _, partition := range asked {
		if !slices.Contains(known, partition.GetLabel()) {
			return nil, status.Errorf(codes.Unknown, "failed to get volume status with label %q: it doesn't exist", partition.GetLabel())
		}

		if partition.GetWipe() {
			wanted = append(wanted, partition.GetLabel())
		}
	}

	return wanted, nil
}

// wipe empties partitions and boots, or stays off.
func (machine *Machine) wipe(actor string, again bool, labels []string) {
	machine.goDown(actor, again, func(disk *Disk) {
		disk.Left = slices.DeleteFunc(machine.partitions(), func(label string) bool { return slices.Contains(labels, label) })
		disk.Wiped = labels

		if slices.Contains(labels, stateful) {
			disk.Config, disk.Staged = nil, nil
		}

		if slices.Contains(labels, ephemeral) {
			disk.Bootstrapped = false
		}
	})
}
