// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"path"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// writing are the methods that change a machine; every other one reads.
var writing = map[string]bool{
	"ApplyConfiguration": true, "Bootstrap": true, "Reset": true, "Reboot": true, "Shutdown": true, "Upgrade": true,
	"Rollback": true, "ServiceStart": true, "ServiceStop": true, "ServiceRestart": true, "MetaWrite": true, "MetaDelete": true,
	"EtcdRecover": true, "EtcdRemoveMemberByID": true, "EtcdLeaveCluster": true, "EtcdForfeitLeadership": true,
	"Create": true, "Update": true, "Destroy": true,
}

// unauthenticated are the methods of a machine in maintenance mode.
var unauthenticated = map[string]bool{
	"Version": true, "ApplyConfiguration": true, "Disks": true, "ServiceList": true, "Get": true, "List": true, "Watch": true,
	"ServerReflectionInfo": true,
}

// Gate records every call, plays faults, and refuses what the caller's role does not allow.
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

	return next(ctx, request)
}

func (gate *Gate) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if err := gate.pass(stream.Context(), info.FullMethod, false); err != nil {
		return err
	}

	return next(server, stream)
}

func (gate *Gate) pass(ctx context.Context, method string, dry bool) error {
	name, cut := path.Base(method), false

	gate.machine.look(func() {
		gate.machine.calls = append(gate.machine.calls, Call{strings.TrimPrefix(method, "/"), writing[name] && !dry, dry})

		if gate.machine.faults.CutAfter > 0 {
			gate.machine.faults.CutAfter--
			cut = gate.machine.faults.CutAfter == 0
		}
	})

	if cut {
		gate.machine.cut.all()

		return status.Error(codes.Unavailable, "the connection ended")
	}

	time.Sleep(gate.machine.delay())

	maintenance := false
	gate.machine.look(func() { maintenance = gate.machine.config == nil })

	if maintenance {
		if unauthenticated[name] {
			return nil
		}

		return status.Error(codes.PermissionDenied, "not authorized")
	}

	roles := rolesOf(ctx)
	if roles.Includes(role.Admin) || (!writing[name] && name != "Kubeconfig" && roles.IncludesAny(role.MakeSet(role.Reader, role.Operator))) ||
		(name == "Reboot" && roles.Includes(role.Operator)) {
		return nil
	}

	return status.Error(codes.PermissionDenied, "not authorized")
}

// rolesOf reads the caller's roles from its certificate; in maintenance mode nobody shows one.
func rolesOf(ctx context.Context) role.Set {
	caller, found := peer.FromContext(ctx)
	if !found {
		return role.Zero
	}

	info, is := caller.AuthInfo.(credentials.TLSInfo)
	if !is || len(info.State.PeerCertificates) == 0 {
		return role.MakeSet(role.Reader)
	}

	roles, _ := role.Parse(info.State.PeerCertificates[0].Subject.Organization)

	return roles
}
