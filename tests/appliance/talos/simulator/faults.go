// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"time"
)

// Faults are what a real machine does not do on demand. The numbers count down with each time that a fault is met.
type Faults struct {
	// NotReady refuses so many bootstraps and applications of a configuration.
	NotReady int `json:"not_ready"`
	// TimeNotInSync keeps the clock from being in sync, and bootstraps from beginning.
	TimeNotInSync bool `json:"time_not_in_sync"`
	// BootstrappedElsewhere lets the next bootstrap find that somebody else's came first.
	BootstrappedElsewhere bool `json:"bootstrapped_elsewhere"`
	// RebootInApply ends the connection of the next application after the configuration was taken.
	RebootInApply bool `json:"reboot_in_apply"`
	// Slow delays every answer, in seconds.
	Slow float64 `json:"slow"`
	// CutAfter ends every connection with the call after so many more.
	CutAfter int `json:"cut_after"`
	// NoMount keeps user volumes from being mounted.
	NoMount bool `json:"no_mount"`
}

// Call is one request as it arrived.
type Call struct {
	Method  string `json:"method"`
	Writing bool   `json:"writing"`
	DryRun  bool   `json:"dry_run,omitempty"`
}

// control answers tests: the calls so far, and the faults that are set.
func (machine *Machine) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /calls", func(answer http.ResponseWriter, _ *http.Request) {
		machine.look(func() { _ = json.NewEncoder(answer).Encode(append([]Call{}, machine.calls...)) })
	})
	mux.HandleFunc("DELETE /calls", func(http.ResponseWriter, *http.Request) {
		machine.look(func() { machine.calls = nil })
	})
	mux.HandleFunc("PUT /faults", func(answer http.ResponseWriter, request *http.Request) {
		faults := Faults{}
		decoder := json.NewDecoder(request.Body)
		decoder.DisallowUnknownFields()

		if err := decoder.Decode(&faults); err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)

			return
		}

		machine.change(func() { machine.faults = faults })
	})
	mux.HandleFunc("POST /wipe", func(http.ResponseWriter, *http.Request) { machine.wipe(false, true) })

	return mux
}

// delay is how long an answer is held back.
func (machine *Machine) delay() time.Duration {
	machine.mu.Lock()
	defer machine.mu.Unlock()

	return time.Duration(machine.faults.Slow * float64(time.Second))
}

// cutter is a listener that can end all of its connections.
type cutter struct {
	net.Listener

	mu    sync.Mutex
	conns []net.Conn
}

// Accept implements net.Listener.
func (cutter *cutter) Accept() (net.Conn, error) {
	conn, err := cutter.Listener.Accept()
	if err == nil {
		cutter.mu.Lock()
		cutter.conns = append(cutter.conns, conn)
		cutter.mu.Unlock()
	}

	return conn, err
}

// all ends every connection.
func (cutter *cutter) all() {
	cutter.mu.Lock()
	defer cutter.mu.Unlock()

	for _, conn := range cutter.conns {
		_ = conn.Close()
	}

	cutter.conns = nil
}
