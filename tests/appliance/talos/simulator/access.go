// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"

	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

var errNotAuthorized = status.Error(codes.PermissionDenied, "not authorized")

// forReaders are the methods which every role may call, and none of which changes the machine.
var forReaders = methods(map[string][]string{
	"/cluster.ClusterService/": {"HealthCheck"},
	"/cosi.resource.State/":    {"Get", "List", "Watch"},
	"/machine.ImageService/":   {"List", "Verify"},
	"/machine.MachineService/": {
		"CPUInfo", "CPUFreqStats", "Containers", "DiskStats", "DiskUsage", "Dmesg", "EtcdAlarmList", "EtcdMemberList",
		"EtcdStatus", "Events", "Hostname", "ImageList", "List", "LoadAvg", "Logs", "LogsContainers", "Memory", "Mounts",
		"NetworkDeviceStats", "Netstat", "Processes", "ServiceList", "Stats", "SystemStat", "Version",
	},
	"/storage.StorageService/": {"Disks"},
	"/time.TimeService/":       {"Time", "TimeCheck"},
})

// forOperators are what operators may call besides.
var forOperators = methods(map[string][]string{
	"/machine.ImageService/": {"Pull"},
	"/machine.MachineService/": {
		"EtcdAlarmDisarm", "EtcdDefragment", "EtcdSnapshot", "ImagePull", "PacketCapture", "Reboot", "Restart",
		"ServiceRestart", "ServiceStart", "ServiceStop", "Shutdown",
	},
})

// inMaintenance are what nobody in particular may call on a machine without a configuration, besides what readers may.
var inMaintenance = methods(map[string][]string{
	"/machine.MachineService/": {"ApplyConfiguration"},
	"/storage.StorageService/": {"BlockDeviceWipe"},
})

// onlyRead are the methods that change nothing, although not every role may call them.
var onlyRead = methods(map[string][]string{
	"/machine.MachineService/": {"Copy", "EtcdSnapshot", "GenerateClientConfiguration", "Kubeconfig", "PacketCapture", "Read"},
})

func methods(services map[string][]string) map[string]bool {
	found := map[string]bool{}

	for service, names := range services {
		for _, name := range names {
			found[service+name] = true
		}
	}

	return found
}

// writes tells whether a method changes the machine. One that is not known here is taken for one that does.
func writes(method string) bool {
	return !forReaders[method] && !onlyRead[method]
}

// allowed judges whether a caller may call a method, as machined does.
func allowed(roles role.Set, method string, maintenance bool) bool {
	switch {
	case roles.Includes(role.Admin):
		return true
	case roles.Includes(role.Operator) && (forReaders[method] || forOperators[method]):
		return true
	case roles.Includes(role.Reader):
		return forReaders[method] || (maintenance && inMaintenance[method])
	default:
		return false
	}
}

// rolesOf reads the caller's roles from its certificate; a machine in maintenance mode asks for none and takes everybody for a
// reader.
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
