// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
)

// Options are what the machine is started with.
type Options struct {
	State, Kubeconfig, OnBootstrap, OnWipe, Version string
	Boot                                            time.Duration
}

// Disk is what survives a reboot.
type Disk struct {
	// Config is the machine configuration, empty in maintenance mode (partition STATE).
	Config []byte
	// Staged is a configuration that takes effect with the next boot.
	Staged []byte
	// Bootstrapped tells whether etcd has data (partition EPHEMERAL).
	Bootstrapped bool
	// Version is what an upgrade installed.
	Version string
}

// Machine is one node.
type Machine struct {
	options Options

	mu     sync.Mutex
	disk   Disk
	config config.Provider
	boot   string
	ready  time.Time
	calls  []Call
	faults Faults
	cut    *cutter
	// changed is called after every transition, without the lock.
	changed func()
}

// Load reads what the disk holds; a folder without a file is a new machine.
func Load(options Options) (*Machine, error) {
	machine := &Machine{options: options, boot: uuid.NewString(), changed: func() {}}
	machine.disk.Version = options.Version

	text, err := os.ReadFile(machine.file())
	if errors.Is(err, fs.ErrNotExist) {
		return machine, nil
	}

	if err != nil {
		return nil, err
	}

	if err := json.Unmarshal(text, &machine.disk); err != nil {
		return nil, err
	}

	machine.start()

	return machine, nil
}

func (machine *Machine) file() string {
	return filepath.Join(machine.options.State, "disk.json")
}

// start reads the configuration from the disk, as a boot does.
func (machine *Machine) start() {
	if len(machine.disk.Staged) > 0 {
		machine.disk.Config, machine.disk.Staged = machine.disk.Staged, nil
	}

	machine.boot, machine.config = uuid.NewString(), nil
	machine.ready = time.Now().Add(machine.options.Boot)

	if len(machine.disk.Config) > 0 {
		provider, err := configloader.NewFromBytes(machine.disk.Config)
		if err != nil {
			log.Fatal(err)
		}

		machine.config = provider
	}
}

// change alters the machine, writes its disk and tells whoever shows it.
func (machine *Machine) change(alter func()) {
	machine.mu.Lock()
	alter()

	text, err := json.Marshal(machine.disk)
	if err == nil {
		partial := machine.file() + ".partial"
		if err = os.WriteFile(partial, text, 0o600); err == nil {
			err = os.Rename(partial, machine.file())
		}
	}

	notify := machine.changed
	machine.mu.Unlock()

	if err != nil {
		log.Fatal(err)
	}

	notify()
}

// reboot starts the machine anew; its connections end, as they do when a machine goes down.
func (machine *Machine) reboot(alter func()) {
	machine.change(func() {
		alter()
		machine.start()
	})
	time.AfterFunc(machine.options.Boot, func() { machine.change(func() {}) })
	// The answer to the request that asked for it leaves first.
	time.AfterFunc(50*time.Millisecond, machine.cut.all)
}

// shell runs one of the commands of the options beside the machine.
func (machine *Machine) shell(command string) {
	if command == "" {
		return
	}

	go func() {
		running := exec.Command("/bin/sh", "-c", command)
		running.Stdout, running.Stderr = os.Stderr, os.Stderr

		if err := running.Run(); err != nil {
			log.Printf("%s: %v", command, err)
		}
	}()
}

// look reads the machine under its lock.
func (machine *Machine) look(read func()) {
	machine.mu.Lock()
	defer machine.mu.Unlock()

	read()
}

// stage is the stage of a boot, in the words of the resource MachineStatus.
func (machine *Machine) isBooting() bool {
	return machine.config != nil && time.Now().Before(machine.ready)
}
