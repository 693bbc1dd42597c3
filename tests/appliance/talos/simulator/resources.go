// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"net/netip"
	"slices"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	"github.com/cosi-project/runtime/pkg/state/registry"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/resources/time"
	"github.com/siderolabs/talos/pkg/machinery/resources/v1alpha1"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	hostname = "simulated"
	member   = 0x5eed
	diskSize = 64 << 30
)

// Resources are what talosctl get shows, made anew after each transition of the machine.
type Resources struct {
	node  *Machine
	state state.State
}

// NewResources registers the definitions, by which talosctl resolves names, and shows the machine as it is.
func NewResources(ctx context.Context, node *Machine) (*Resources, error) {
	resources := &Resources{node: node, state: state.WrapCore(namespaced.NewState(inmem.Build))}
	known := registry.NewResourceRegistry(resources.state)

	if err := known.RegisterDefault(ctx); err != nil {
		return nil, err
	}

	for _, item := range []meta.ResourceWithRD{
		&block.Disk{}, &block.VolumeStatus{}, &block.MountStatus{}, &config.MachineConfig{}, &network.HostnameStatus{},
		&network.ResolverStatus{}, &network.AddressStatus{}, &runtime.MachineStatus{}, &time.Status{}, &v1alpha1.Service{},
	} {
		if err := known.Register(ctx, item); err != nil {
			return nil, err
		}
	}

	node.changed = func() { resources.show(ctx) }
	resources.show(ctx)

	return resources, nil
}

// guarded is the state as callers may read it; nobody writes, and the configuration holds secrets.
func (resources *Resources) guarded() state.CoreState {
	return state.Filter(resources.state, func(ctx context.Context, access state.Access) error {
		if !access.Verb.Readonly() {
			return status.Error(codes.PermissionDenied, "not authorized")
		}

		roles := rolesOf(ctx)
		if access.ResourceType == config.MachineConfigType && !roles.Includes(role.Admin) {
			return status.Error(codes.PermissionDenied, "not authorized")
		}

		return nil
	})
}

// show puts every resource into the state, and takes away what is no more.
func (resources *Resources) show(ctx context.Context) {
	wanted := resources.wanted()

	for _, item := range wanted {
		current, err := resources.state.Get(ctx, item.Metadata())
		if state.IsNotFoundError(err) {
			_ = resources.state.Create(ctx, item)

			continue
		}

		item.Metadata().SetVersion(current.Metadata().Version())
		_ = resources.state.Update(ctx, item)
	}

	for _, kind := range []resource.Kind{
		resource.NewMetadata(config.NamespaceName, config.MachineConfigType, "", resource.VersionUndefined),
		resource.NewMetadata(block.NamespaceName, block.MountStatusType, "", resource.VersionUndefined),
		resource.NewMetadata(block.NamespaceName, block.VolumeStatusType, "", resource.VersionUndefined),
		resource.NewMetadata(v1alpha1.NamespaceName, v1alpha1.ServiceType, "", resource.VersionUndefined),
	} {
		listed, err := resources.state.List(ctx, kind)
		if err != nil {
			continue
		}

		for _, item := range listed.Items {
			same := func(other resource.Resource) bool {
				return other.Metadata().Type() == item.Metadata().Type() && other.Metadata().ID() == item.Metadata().ID()
			}
			if !slices.ContainsFunc(wanted, same) {
				_ = resources.state.Destroy(ctx, item.Metadata())
			}
		}
	}
}

// wanted is the machine as resources.
func (resources *Resources) wanted() []resource.Resource {
	node := resources.node
	services, lacking := node.services(), node.lacking()

	node.mu.Lock()
	defer node.mu.Unlock()

	disk := block.NewDisk(block.NamespaceName, "vda")
	disk.TypedSpec().DevPath, disk.TypedSpec().Transport, disk.TypedSpec().Model = "/dev/vda", "virtio", "simulated"
	disk.TypedSpec().SetSize(diskSize)

	machineStatus := runtime.NewMachineStatus()
	machineStatus.TypedSpec().Stage = node.stage()
	machineStatus.TypedSpec().Status.Ready = len(lacking) == 0

	for _, name := range lacking {
		condition := runtime.UnmetCondition{Name: name, Reason: name}
		machineStatus.TypedSpec().Status.UnmetConditions = append(machineStatus.TypedSpec().Status.UnmetConditions, condition)
	}

	clock := time.NewStatus()
	clock.TypedSpec().Synced = !node.faults.TimeNotInSync

	named := network.NewHostnameStatus(network.NamespaceName, network.HostnameID)
	named.TypedSpec().Hostname = hostname

	resolvers := network.NewResolverStatus(network.NamespaceName, network.ResolverID)
	resolvers.TypedSpec().DNSServers = []netip.Addr{netip.MustParseAddr("127.0.0.53")}

	address := network.NewAddressStatus(network.NamespaceName, "lo/127.0.0.1/8")
	address.TypedSpec().Address, address.TypedSpec().LinkName = netip.MustParsePrefix("127.0.0.1/8"), "lo"

	found := []resource.Resource{disk, machineStatus, clock, named, resolvers, address}
	if node.config == nil {
		return found
	}

	found = append(found, config.NewMachineConfig(node.config))

	for _, volume := range node.volumes() {
		volumeStatus := block.NewVolumeStatus(block.NamespaceName, volume.id)
		volumeStatus.TypedSpec().Phase, volumeStatus.TypedSpec().Type = block.VolumePhaseReady, volume.kind
		found = append(found, volumeStatus)

		if !volume.mounted {
			continue
		}

		mount := block.NewMountStatus(block.NamespaceName, volume.id)
		mount.TypedSpec().Target, mount.TypedSpec().Spec.VolumeID = volume.target, volume.id
		found = append(found, mount)
	}

	for _, service := range services {
		item := v1alpha1.NewService(service.id)
		item.TypedSpec().Running, item.TypedSpec().Healthy = service.state == "Running", service.state == "Running"
		found = append(found, item)
	}

	return found
}
