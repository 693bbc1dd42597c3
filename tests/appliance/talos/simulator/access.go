// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"google.golang.org/grpc/codes"
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

// allowedInMaintenance judges what a machine without a configuration lets everybody do, as machined does. One that is configured
// takes whoever shows a certificate of its authority for an administrator.
func allowedInMaintenance(method string) bool {
	return forReaders[method] || inMaintenance[method]
}
