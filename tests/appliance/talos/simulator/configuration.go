// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bytes"
	"context"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// metal is the runtime mode of a real machine, as the validation of a configuration asks for it.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return true }
func (metal) InContainer() bool     { return false }

// ApplyConfiguration implements machine.MachineServiceServer.
func (services *Services) ApplyConfiguration(
	_ context.Context, request *machine.ApplyConfigurationRequest,
) (*machine.ApplyConfigurationResponse, error) {
	provider, err := configloader.NewFromBytes(request.GetData())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	warnings, err := provider.Validate(metal{})
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	node, refused, cut := services.node, error(nil), false
	maintenance, same := false, false

	node.look(func() {
		maintenance = node.config == nil
		same = bytes.Equal(node.disk.Config, request.GetData())

		if node.isBooting() {
			refused = status.Error(codes.FailedPrecondition, "configuration was already applied and the node is rebooting")
		}

		if node.faults.NotReady > 0 {
			node.faults.NotReady--
			refused = status.Error(codes.FailedPrecondition, "another apply configuration is already in progress")
		}
	})

	if refused != nil {
		return nil, refused
	}

	mode := request.GetMode()
	if mode == machine.ApplyConfigurationRequest_TRY {
		return nil, status.Error(codes.Unimplemented, "mode try is not simulated")
	}

	if mode == machine.ApplyConfigurationRequest_AUTO {
		mode = machine.ApplyConfigurationRequest_NO_REBOOT
		if maintenance {
			mode = machine.ApplyConfigurationRequest_REBOOT
		}
	}

	answer := &machine.ApplyConfigurationResponse{Messages: []*machine.ApplyConfiguration{{
		Warnings: warnings, Mode: mode, ModeDetails: details(request.GetDryRun(), same, mode),
	}}}

	if request.GetDryRun() || same {
		return answer, nil
	}

	node.look(func() { cut, node.faults.RebootInApply = node.faults.RebootInApply, false })

	switch {
	case mode == machine.ApplyConfigurationRequest_STAGED:
		node.change(func() { node.disk.Staged = request.GetData() })
	case maintenance || mode == machine.ApplyConfigurationRequest_REBOOT:
		node.reboot(func() { node.disk.Config = request.GetData() })
	default:
		node.change(func() { node.disk.Config, node.config = request.GetData(), provider })
	}

	if cut {
		node.cut.all()
		time.Sleep(100 * time.Millisecond)

		return nil, status.Error(codes.Unavailable, "the machine went down")
	}

	return answer, nil
}

func details(dry, same bool, mode machine.ApplyConfigurationRequest_Mode) string {
	switch {
	case same:
		return "No changes."
	case dry:
		return "Dry run summary:\nthe configuration would be applied in mode " + mode.String()
	default:
		return "Applied configuration in mode " + mode.String()
	}
}
