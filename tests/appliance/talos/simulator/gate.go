// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"path"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Gate records every call, loses answers, and refuses what nobody may in maintenance mode.
type Gate struct {
	machine *Machine
}

func (gate *Gate) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	dry := false
	if apply, is := request.(*machine.ApplyConfigurationRequest); is {
		dry = apply.GetDryRun()
	}

	if err := gate.pass(ctx, info.FullMethod, dry); err != nil {
		return nil, err
	}

	answer, err := next(ctx, request)
	if lost := gate.lose(info.FullMethod); lost != nil {
		return nil, lost
	}

	return answer, err
}

func (gate *Gate) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if err := gate.pass(stream.Context(), info.FullMethod, false); err != nil {
		return err
	}

	return next(server, stream)
}

// pass lets a call through or refuses it.
func (gate *Gate) pass(ctx context.Context, method string, dry bool) error {
	maintenance := false

	gate.machine.look(func() {
		gate.machine.calls = append(gate.machine.calls, Call{strings.TrimPrefix(method, "/"), writes(method) && !dry, dry})
		maintenance = gate.machine.config == nil
	})

	if maintenance && !allowedInMaintenance(method) {
		return errNotAuthorized
	}

	return nil
}

// lose ends the connection in the place of the answer to a call that was carried out, when that is the fault.
func (gate *Gate) lose(method string) error {
	lost := false

	gate.machine.look(func() {
		if gate.machine.faults.LostAnswer == path.Base(method) {
			gate.machine.faults.LostAnswer, lost = "", true
		}
	})

	if !lost {
		return nil
	}

	gate.machine.door.cut()

	return status.Error(codes.Unavailable, "the connection ended")
}
