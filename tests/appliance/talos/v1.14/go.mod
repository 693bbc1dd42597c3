// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

module alga.example/appliance/talos

go 1.26.5

require (
	github.com/containerd/containerd/v2 v2.3.5
	github.com/siderolabs/talos v1.14.1
	go.etcd.io/etcd/server/v3 v3.7.1
)

replace (
	// As Talos itself has them.
	github.com/coredns/coredns => github.com/siderolabs/coredns v1.14.53
	github.com/mdlayher/kobject => github.com/smira/kobject v0.0.0-20240304111826-49c8d4613389
	github.com/siderolabs/talos/pkg/machinery => github.com/siderolabs/talos/pkg/machinery v1.14.1
	golang.zx2c4.com/wireguard/wgctrl => github.com/siderolabs/wgctrl-go v0.0.0-20251029173431-c4fd5f6a4e72
)

replace (
	// The module proxy does not serve the versions that Talos asks for; these are the nearest that it serves.
	github.com/cosi-project/runtime => github.com/cosi-project/runtime v1.16.2
	github.com/jsimonetti/rtnetlink/v2 => github.com/jsimonetti/rtnetlink/v2 v2.3.0
	github.com/mdlayher/ethtool => github.com/siderolabs/ethtool v0.4.0-sidero
)
