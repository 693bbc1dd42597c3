// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"net/netip"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/resources/time"
	"github.com/siderolabs/talos/pkg/machinery/resources/v1alpha1"
)

const (
	hostname = "simulated"
	diskID   = "vda"
	diskPath = "/dev/vda"
	diskSize = 64 << 30
	// firstPartition comes after those from which the machine boots.
	firstPartition = 5
)

// wanted is the machine as resources.
func (resources *Resources) wanted() []resource.Resource {
	node := resources.node
	services := node.services()

	node.mu.Lock()
	defer node.mu.Unlock()

	found := append(node.hardware(), node.status(services)...)
	if node.config == nil {
		return found
	}

	found = append(found, node.storage()...)
	found = append(found, node.kubernetes()...)

	for _, service := range services {
		// A service that does not run has no resource.
		if service.state != "Running" {
			continue
		}

		item := v1alpha1.NewService(service.id)
		item.TypedSpec().Running, item.TypedSpec().Healthy = true, true
		found = append(found, item)
	}

	return found
}

// hardware is what every machine shows of its disk and network.
func (machine *Machine) hardware() []resource.Resource {
	disk := block.NewDisk(block.NamespaceName, diskID)
	disk.TypedSpec().DevPath, disk.TypedSpec().Transport, disk.TypedSpec().Model = diskPath, "virtio", "simulated"
	disk.TypedSpec().SetSize(diskSize)

	resolvers := network.NewResolverStatus(network.NamespaceName, network.ResolverID)
	resolvers.TypedSpec().DNSServers = []netip.Addr{netip.MustParseAddr("127.0.0.53")}

	found := []resource.Resource{disk, resolvers}

	for number, label := range machine.partitions() {
		volume := block.NewDiscoveredVolume(block.NamespaceName, fmt.Sprintf("%s%d", diskID, number+firstPartition))
		volume.TypedSpec().PartitionLabel, volume.TypedSpec().Parent, volume.TypedSpec().Type = label, diskID, "partition"
		found = append(found, volume)
	}

	return found
}

// status is what every machine says about itself.
func (machine *Machine) status(services []service) []resource.Resource {
	status := runtime.NewMachineStatus()
	status.TypedSpec().Stage = machine.shownStage()
	status.TypedSpec().Status.UnmetConditions = machine.unmet(services)
	status.TypedSpec().Status.Ready = len(status.TypedSpec().Status.UnmetConditions) == 0

	clock := time.NewStatus()
	clock.TypedSpec().Synced = !machine.faults.TimeNotInSync

	version := runtime.NewVersion()
	version.TypedSpec().Name, version.TypedSpec().Version = "Talos", machine.disk.Version

	return []resource.Resource{status, clock, version}
}

// storage is the configuration and the volumes that it leads to.
func (machine *Machine) storage() []resource.Resource {
	found := []resource.Resource{config.NewMachineConfig(machine.config), machine.persistent()}

	if !machine.isBooting() {
		data := block.NewMountStatus(block.NamespaceName, constants.EtcdDataVolumeID)
		data.TypedSpec().Target, data.TypedSpec().Spec.VolumeID = constants.EtcdDataPath, constants.EtcdDataVolumeID
		found = append(found, data)
	}

	for _, volume := range machine.volumes() {
		status := block.NewVolumeStatus(block.NamespaceName, volume.id)
		status.TypedSpec().Phase, status.TypedSpec().Type = block.VolumePhaseReady, volume.kind
		found = append(found, status)

		if !volume.mounted {
			continue
		}

		mount := block.NewMountStatus(block.NamespaceName, volume.id)
		mount.TypedSpec().Target, mount.TypedSpec().Spec.VolumeID = volume.target, volume.id
		mount.TypedSpec().Source, mount.TypedSpec().Filesystem = volume.source, block.FilesystemTypeXFS
		found = append(found, mount)
	}

	return found
}

// persistent is the configuration on the disk, with which the next boot begins.
func (machine *Machine) persistent() resource.Resource {
	provider := machine.config
	if machine.staged != nil {
		provider = machine.staged
	}

	return config.NewMachineConfigWithID(provider, config.PersistentID)
}
