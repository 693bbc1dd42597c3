// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"

	"github.com/google/uuid"
	api "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configdiff"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What the machine says that it did or would do.
const (
	withoutReboot = "Applied configuration without a reboot"
	withReboot    = "Applied configuration with a reboot"
	afterReboot   = "Staged configuration to be applied after the next reboot"
)

// metal is the runtime mode of a real machine, as the validation of a configuration asks for it.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return true }
func (metal) InContainer() bool     { return false }

// ApplyConfiguration implements machine.MachineServiceServer.
func (services *Services) ApplyConfiguration(
	_ context.Context, request *api.ApplyConfigurationRequest,
) (*api.ApplyConfigurationResponse, error) {
	provider, err := configloader.NewFromBytes(request.GetData())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	if provider.RawV1Alpha1() == nil {
		return nil, status.Error(codes.Unimplemented, "a configuration without its main document is not simulated")
	}

	if !provider.Machine().Type().IsControlPlane() {
		return nil, status.Error(codes.Unimplemented, "a worker, which gets its certificate from another machine, is not simulated")
	}

	warnings, err := provider.Validate(metal{})
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	current, err := services.node.readyToApply(request.GetDryRun())
	if err != nil {
		return nil, err
	}

	mode, details, err := decide(request.GetMode(), current, provider)
	if err != nil {
		return nil, err
	}

	if request.GetDryRun() {
		difference, err := compare(current, provider)
		if err != nil {
			return nil, err
		}

		summary := "Dry run summary:\n" + details + " (skipped in dry-run).\nConfig diff:\n\n" + difference

		return &api.ApplyConfigurationResponse{Messages: []*api.ApplyConfiguration{{Mode: mode, ModeDetails: summary}}}, nil
	}

	services.node.apply(mode, current == nil, provider, request.GetData())

	if services.node.cutsApply() {
		return nil, status.Error(codes.Unavailable, "the machine went down")
	}

	answer := &api.ApplyConfiguration{Mode: mode, Warnings: warnings, ModeDetails: details}

	return &api.ApplyConfigurationResponse{Messages: []*api.ApplyConfiguration{answer}}, nil
}

// readyToApply gives the configuration that is in force, nil in maintenance mode, or says why none can be applied now.
func (machine *Machine) readyToApply(dry bool) (config.Provider, error) {
	machine.mu.Lock()
	defer machine.mu.Unlock()

	if dry {
		return machine.config, nil
	}

	if machine.isBooting() {
		return nil, status.Error(codes.FailedPrecondition, "configuration was already applied and the node is rebooting")
	}

	if machine.faults.NotReady > 0 {
		machine.faults.NotReady--

		return nil, status.Error(codes.FailedPrecondition, "another apply configuration is already in progress")
	}

	return machine.config, nil
}

// decide is the mode in which a configuration is applied, in the way of 1.13: the mode auto boots when it has to.
func decide(
	asked api.ApplyConfigurationRequest_Mode, current, wanted config.Provider,
) (api.ApplyConfigurationRequest_Mode, string, error) {
	maintenance := current == nil
	immediate := maintenance || appliesAtOnce(current, wanted)

	switch asked {
	case api.ApplyConfigurationRequest_STAGED:
		return asked, afterReboot, nil
	case api.ApplyConfigurationRequest_AUTO:
		if immediate {
			return api.ApplyConfigurationRequest_NO_REBOOT, withoutReboot, nil
		}

		return api.ApplyConfigurationRequest_REBOOT, withReboot + ": this config change can't be applied in immediate mode", nil
	case api.ApplyConfigurationRequest_REBOOT:
		if maintenance {
			return api.ApplyConfigurationRequest_NO_REBOOT, withoutReboot, nil
		}

		return asked, withReboot, nil
	case api.ApplyConfigurationRequest_NO_REBOOT:
		if !immediate {
			return asked, "", status.Error(codes.InvalidArgument, "this config change can't be applied in immediate mode")
		}

		return asked, withoutReboot, nil
	default:
		return asked, "", status.Errorf(codes.Unimplemented, "mode %s is not simulated", asked)
	}
}

// apply brings a configuration into force, now or with a boot. A machine in maintenance mode installs itself, which ends in a boot.
func (machine *Machine) apply(
	mode api.ApplyConfigurationRequest_Mode, maintenance bool, provider config.Provider, text []byte,
) {
	switch {
	case mode == api.ApplyConfigurationRequest_STAGED:
		machine.change(func() { machine.disk.Staged, machine.staged = text, provider })
	case maintenance || mode == api.ApplyConfigurationRequest_REBOOT:
		machine.reboot(uuid.NewString(), func(disk *Disk) { disk.Config, disk.Staged = text, nil })
	default:
		restarts := restartsKubelet(machine.config, provider)

		machine.change(func() {
			machine.disk.Config, machine.disk.Staged = text, nil
			machine.config, machine.staged = provider, nil
		})

		if restarts {
			machine.restartKubelet()
		}
	}
}

// cutsApply ends every connection before the answer is sent, when that is the fault.
func (machine *Machine) cutsApply() bool {
	cuts := false
	machine.look(func() { cuts, machine.faults.RebootInApply = machine.faults.RebootInApply, false })

	if cuts {
		machine.door.cut()
	}

	return cuts
}

// compare is the difference in Talos's own words. They hold the secrets of the configuration, and so do a real machine's.
func compare(current, wanted config.Provider) (string, error) {
	var before config.Encoder
	if current != nil {
		before = current
	}

	difference, err := configdiff.DiffConfigs(before, wanted)
	if err == nil && difference == "" {
		difference = "No changes."
	}

	return difference, err
}
