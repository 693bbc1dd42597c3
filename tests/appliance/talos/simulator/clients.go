// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// GenerateClientConfiguration implements machine.MachineServiceServer: a certificate with the roles that are asked for.
func (services *Services) GenerateClientConfiguration(
	_ context.Context, request *machine.GenerateClientConfigurationRequest,
) (*machine.GenerateClientConfigurationResponse, error) {
	if err := services.configured("generate client configuration"); err != nil {
		return nil, err
	}

	lifetime := request.GetCrtTtl().AsDuration()
	if lifetime <= 0 {
		return nil, status.Error(codes.InvalidArgument, "crt_ttl should be positive")
	}

	var provider config.Provider

	services.node.look(func() { provider = services.node.config })

	roles, _ := role.Parse(request.GetRoles())
	authority := provider.Machine().Security().IssuingCA()

	pair, err := secrets.NewAdminCertificateAndKey(time.Now(), authority, roles, lifetime)
	if err != nil {
		return nil, err
	}

	name := provider.Cluster().Name()
	if names := roles.Strings(); len(names) == 1 {
		name = strings.TrimPrefix(names[0], role.Prefix) + "@" + name
	}

	text, err := clientconfig.NewConfig(name, nil, authority.Crt, pair).Bytes()
	if err != nil {
		return nil, err
	}

	return &machine.GenerateClientConfigurationResponse{Messages: []*machine.GenerateClientConfiguration{{
		Ca: authority.Crt, Crt: pair.Crt, Key: pair.Key, Talosconfig: text,
	}}}, nil
}
