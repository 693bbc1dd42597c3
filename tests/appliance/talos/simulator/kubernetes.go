// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	api "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
)

// kubeletRestart is how long the kubelet is away when another one was configured.
const kubeletRestart = 300 * time.Millisecond

// kubernetes is what the machine runs of Kubernetes, as the configuration names it; the caller holds the lock.
func (machine *Machine) kubernetes() []resource.Resource {
	cluster := machine.config.Cluster()

	server := k8s.NewAPIServerConfig()
	server.TypedSpec().Image = cluster.APIServer().Image()

	manager := k8s.NewControllerManagerConfig()
	manager.TypedSpec().Image = cluster.ControllerManager().Image()

	scheduler := k8s.NewSchedulerConfig()
	scheduler.TypedSpec().Image = cluster.Scheduler().Image()

	kubelet := k8s.NewKubeletSpec(k8s.NamespaceName, k8s.KubeletID)
	kubelet.TypedSpec().Image = machine.config.Machine().Kubelet().Image()

	// Of what Talos keeps in the cluster itself, the part whose version goes with the others.
	proxy := k8s.NewManifest(k8s.ControlPlaneNamespaceName, "10-kube-proxy")
	proxy.TypedSpec().Items = []k8s.SingleManifest{{Object: kubeProxy(cluster.Proxy().Image())}}

	return []resource.Resource{server, manager, scheduler, kubelet, proxy}
}

// kubeProxy is the DaemonSet of kube-proxy, without how it is run.
func kubeProxy(image string) map[string]any {
	const name = "kube-proxy"

	labels := map[string]any{"k8s-app": name}
	container := map[string]any{"name": name, "image": image}

	return map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "DaemonSet",
		"metadata":   map[string]any{"name": name, "namespace": "kube-system", "labels": labels},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     map[string]any{"containers": []any{container}},
			},
		},
	}
}

// restartsKubelet tells whether another configuration brings another kubelet.
func restartsKubelet(current, wanted config.Provider) bool {
	return current.Machine().Kubelet().Image() != wanted.Machine().Kubelet().Image()
}

// restartKubelet takes the kubelet away for a moment.
func (machine *Machine) restartKubelet() {
	machine.change(func() { machine.kubeletAway = true })
	time.AfterFunc(kubeletRestart, func() { machine.change(func() { machine.kubeletAway = false }) })
}

// ImagePull implements machine.MachineServiceServer.
func (*Services) ImagePull(context.Context, *api.ImagePullRequest) (*api.ImagePullResponse, error) {
	return &api.ImagePullResponse{Messages: []*api.ImagePull{{}}}, nil
}
