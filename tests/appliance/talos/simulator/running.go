// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
)

// service is one of the machine's services and its state, in machined's words.
type service struct{ id, state string }

// services are those of the stage in which the machine is.
func (machine *Machine) services() []service {
	machine.mu.Lock()
	defer machine.mu.Unlock()

	found := []service{{"apid", "Running"}, {"machined", "Running"}}
	if machine.config == nil {
		return found
	}

	state, etcd := "Running", "Preparing"
	if machine.isBooting() {
		state = "Waiting"
	} else if machine.disk.Bootstrapped {
		etcd = "Running"
	}

	for _, id := range []string{"containerd", "cri", "kubelet", "trustd"} {
		if id == "kubelet" && machine.kubeletAway {
			continue
		}

		found = append(found, service{id, state})
	}

	return append(found, service{"etcd", etcd})
}

// lacking are the conditions that are not met yet.
func (machine *Machine) lacking() []string {
	found := []string{}

	for _, service := range machine.services() {
		if service.state != "Running" {
			found = append(found, service.id)
		}
	}

	machine.mu.Lock()
	defer machine.mu.Unlock()

	if machine.config == nil {
		found = append(found, "configuration")
	}

	if machine.faults.TimeNotInSync {
		found = append(found, "time")
	}

	return found
}

// stage is the stage of the machine, for the resource MachineStatus; the caller holds the lock.
func (machine *Machine) stage() runtime.MachineStage {
	switch {
	case machine.phase == GoingDown || machine.phase == Off:
		return runtime.MachineStageRebooting
	case machine.config == nil:
		return runtime.MachineStageMaintenance
	case machine.phase == Booting:
		return runtime.MachineStageBooting
	default:
		return runtime.MachineStageRunning
	}
}

// shownStage is the stage that the machine shows: the boot of a control plane ends when etcd is up; the caller holds the lock.
func (machine *Machine) shownStage() runtime.MachineStage {
	if stage := machine.stage(); stage != runtime.MachineStageRunning || machine.disk.Bootstrapped {
		return stage
	}

	return runtime.MachineStageBooting
}

// unmet are the conditions that a machine shows while its services run or start; the caller holds the lock.
func (machine *Machine) unmet(services []service) []runtime.UnmetCondition {
	stage := machine.shownStage()
	if stage != runtime.MachineStageBooting && stage != runtime.MachineStageRunning {
		return nil
	}

	found, missing := []runtime.UnmetCondition{}, []string{}

	for _, service := range services {
		if service.state != "Running" {
			missing = append(missing, service.id+" not running")
		}
	}

	if machine.faults.TimeNotInSync {
		found = append(found, runtime.UnmetCondition{Name: "time", Reason: "time is not synced"})
	}

	if len(missing) > 0 {
		found = append(found, runtime.UnmetCondition{Name: "services", Reason: strings.Join(missing, ", ")})
	}

	if stage == runtime.MachineStageBooting {
		reason := fmt.Sprintf("node %q status is not available yet", hostname)
		found = append(found, runtime.UnmetCondition{Name: "nodeReady", Reason: reason})
	}

	return found
}

// volume is one of the machine's volumes.
type volume struct {
	id, target, source string
	kind               block.VolumeType
	mounted            bool
}

// partitions are the labels that are found on the disk: the volumes' own, and what an earlier configuration left; the caller holds
// the lock.
func (machine *Machine) partitions() []string {
	found := slices.Clone(machine.disk.Left)

	if machine.config != nil {
		for _, volume := range machine.volumes() {
			if volume.kind == block.VolumeTypePartition && !slices.Contains(found, volume.id) {
				found = append(found, volume.id)
			}
		}
	}

	return found
}

// volumes are the system's own and those that the configuration asks for; the caller holds the lock.
func (machine *Machine) volumes() []volume {
	found := []volume{
		{stateful, "/system/state", diskPath + "5", block.VolumeTypePartition, true},
		{ephemeral, "/var", diskPath + "6", block.VolumeTypePartition, true},
	}

	if machine.config == nil {
		return found
	}

	for _, user := range machine.config.UserVolumeConfigs() {
		kind, source := user.Type().ValueOr(block.VolumeTypePartition), diskPath+"7"
		if kind == block.VolumeTypeDirectory {
			source = diskPath + "6"
		}

		id, target := constants.UserVolumePrefix+user.Name(), filepath.Join(constants.UserVolumeMountPoint, user.Name())
		found = append(found, volume{id, target, source, kind, !machine.faults.NoMount})
	}

	return found
}
