// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"log"
	"slices"
	"sync"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	"github.com/cosi-project/runtime/pkg/state/registry"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/resources/time"
	"github.com/siderolabs/talos/pkg/machinery/resources/v1alpha1"
)

// kinds are the resources that a machine shows.
var kinds = []meta.ResourceWithRD{
	&block.DiscoveredVolume{}, &block.Disk{}, &block.MountStatus{}, &block.VolumeStatus{}, &config.MachineConfig{},
	&k8s.APIServerConfig{}, &k8s.ControllerManagerConfig{}, &k8s.KubeletSpec{}, &k8s.Manifest{}, &k8s.SchedulerConfig{},
	&network.ResolverStatus{}, &runtime.MachineStatus{}, &runtime.Version{}, &time.Status{}, &v1alpha1.Service{},
}

// Resources are what talosctl get shows, made anew after each transition of the machine.
type Resources struct {
	node  *Machine
	state state.State
	// showing lets one change after the other be shown.
	showing sync.Mutex
}

// NewResources registers the definitions, by which talosctl resolves names, and shows the machine as it is.
func NewResources(ctx context.Context, node *Machine) (*Resources, error) {
	resources := &Resources{node: node, state: state.WrapCore(namespaced.NewState(inmem.Build))}
	known := registry.NewResourceRegistry(resources.state)

	if err := known.RegisterDefault(ctx); err != nil {
		return nil, err
	}

	for _, item := range kinds {
		if err := known.Register(ctx, item); err != nil {
			return nil, err
		}
	}

	return resources, nil
}

// guarded is the state as callers may read it; nobody writes, and the configuration holds secrets.
func (resources *Resources) guarded() state.CoreState {
	return state.Filter(resources.state, func(_ context.Context, access state.Access) error {
		if !access.Verb.Readonly() {
			return errNotAuthorized
		}

		maintenance := false
		resources.node.look(func() { maintenance = resources.node.config == nil })

		if access.ResourceType == config.MachineConfigType && maintenance {
			return errNotAuthorized
		}

		return nil
	})
}

// show puts every resource into the state, and takes away what is no more.
func (resources *Resources) show(ctx context.Context) {
	resources.showing.Lock()
	defer resources.showing.Unlock()

	wanted := resources.wanted()

	err := resources.put(ctx, wanted)
	if err == nil {
		err = resources.sweep(ctx, wanted)
	}

	if err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

func (resources *Resources) put(ctx context.Context, wanted []resource.Resource) error {
	for _, item := range wanted {
		current, err := resources.state.Get(ctx, item.Metadata())

		switch {
		case state.IsNotFoundError(err):
			err = resources.state.Create(ctx, item)
		case err == nil:
			item.Metadata().SetVersion(current.Metadata().Version())

			// Whoever watches is told of what has changed, and of nothing else.
			if !resource.Equal(current, item) {
				err = resources.state.Update(ctx, item)
			}
		}

		if err != nil {
			return err
		}
	}

	return nil
}

func (resources *Resources) sweep(ctx context.Context, wanted []resource.Resource) error {
	for _, kind := range kinds {
		definition := kind.ResourceDefinition()

		listed, err := resources.state.List(ctx, resource.NewMetadata(
			definition.DefaultNamespace, definition.Type, "", resource.VersionUndefined,
		))
		if err != nil {
			return err
		}

		for _, item := range listed.Items {
			same := func(other resource.Resource) bool {
				return other.Metadata().Type() == item.Metadata().Type() && other.Metadata().ID() == item.Metadata().ID()
			}

			if slices.ContainsFunc(wanted, same) {
				continue
			}

			if err := resources.state.Destroy(ctx, item.Metadata()); err != nil {
				return err
			}
		}
	}

	return nil
}
