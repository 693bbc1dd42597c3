// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"log"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
)

const (
	// beforeStop lets a client that asked for a reboot begin to watch events, as it does beside its request.
	beforeStop = 300 * time.Millisecond
	// lastWords lets the last event leave.
	lastWords = 100 * time.Millisecond
)

// Options are what the machine is started with.
type Options struct {
	State, Kubeconfig, Version string
	Boot                       time.Duration
}

// Phase is where a machine is between two boots.
type Phase int

// The phases of a machine.
const (
	Up Phase = iota
	Booting
	GoingDown
	Off
)

// Machine is one node.
type Machine struct {
	options Options
	events  *Events
	door    *door

	mu    sync.Mutex
	disk  Disk
	phase Phase
	// config is in force; staged is nil unless another one waits for the next boot.
	config config.Provider
	staged config.Provider
	// kubeletAway is set while the kubelet is started anew.
	kubeletAway bool

	boot   string
	calls  []Call
	faults Faults
	// changed is called after every transition, without the lock.
	changed func()
}

// NewMachine reads what the disk holds; a folder without a file is a new machine.
func NewMachine(options Options, door *door) (*Machine, error) {
	disk, err := loadDisk(options.State, options.Version)
	if err != nil {
		return nil, err
	}

	return &Machine{options: options, events: newEvents(), door: door, disk: disk, changed: func() {}}, nil
}

// Boot starts the machine from its disk, which takes its time.
func (machine *Machine) Boot() {
	boot := ""

	machine.change(func() {
		machine.start()
		boot = machine.boot
	})
	time.AfterFunc(machine.options.Boot, func() {
		machine.change(func() {
			if machine.boot == boot && machine.phase == Booting {
				machine.phase = Up
			}
		})
	})
}

// start is the beginning of a boot; the caller holds the lock.
func (machine *Machine) start() {
	machine.disk.boot()
	machine.events.forget()

	machine.boot, machine.config, machine.staged, machine.phase = uuid.NewString(), nil, nil, Up

	if len(machine.disk.Config) == 0 {
		return
	}

	provider, err := configloader.NewFromBytes(machine.disk.Config)
	if err != nil {
		log.Fatal(err)
	}

	machine.config, machine.phase = provider, Booting
}

// change alters the machine, writes its disk and tells whoever shows it.
func (machine *Machine) change(alter func()) {
	machine.mu.Lock()
	alter()

	err := machine.disk.save(machine.options.State)
	notify := machine.changed
	machine.mu.Unlock()

	if err != nil {
		log.Fatal(err)
	}

	notify()
}

// reboot alters the disk and starts the machine anew.
func (machine *Machine) reboot(actor string, alter func(*Disk)) {
	machine.goDown(actor, true, alter)
}

// goDown alters the disk, tells that services stop, ends all connections, and starts again or stays off. A machine that goes down
// already does not do so twice.
func (machine *Machine) goDown(actor string, again bool, alter func(*Disk)) {
	already := false

	machine.change(func() {
		already = machine.phase == GoingDown || machine.phase == Off
		if !already {
			alter(&machine.disk)
			machine.phase = GoingDown
		}
	})

	if already {
		return
	}

	time.AfterFunc(beforeStop, func() { machine.events.stopping(actor) })
	time.AfterFunc(beforeStop+lastWords, func() { machine.down(again) })
}

// down ends all connections and starts the machine again, or not.
func (machine *Machine) down(again bool) {
	machine.door.shut()

	if !again {
		machine.change(func() { machine.phase = Off })

		return
	}

	machine.Boot()
	time.AfterFunc(machine.options.Boot/2, machine.door.open)
}

// look reads the machine under its lock.
func (machine *Machine) look(read func()) {
	machine.mu.Lock()
	defer machine.mu.Unlock()

	read()
}

// isBooting tells whether a configuration came that is not yet in force; the caller holds the lock.
func (machine *Machine) isBooting() bool {
	return machine.phase != Up
}
