// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"net/http"
)

// Call is one request as it arrived.
type Call struct {
	Method  string `json:"method"`
	Writing bool   `json:"writing"`
	DryRun  bool   `json:"dry_run"`
}

// Sight is the machine as tests may see it.
type Sight struct {
	Address      string   `json:"address"`
	Stage        string   `json:"stage"`
	BootID       string   `json:"boot_id"`
	Bootstrapped bool     `json:"bootstrapped"`
	Version      string   `json:"version"`
	Wiped        []string `json:"wiped"`
}

// control answers tests: the machine, the calls so far, and the faults that are set.
func (machine *Machine) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /machine", func(answer http.ResponseWriter, _ *http.Request) {
		machine.look(func() { reply(answer, machine.sight()) })
	})
	mux.HandleFunc("GET /calls", func(answer http.ResponseWriter, _ *http.Request) {
		machine.look(func() { reply(answer, append([]Call{}, machine.calls...)) })
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

		machine.setFaults(faults)
	})
	mux.HandleFunc("DELETE /faults", func(http.ResponseWriter, *http.Request) { machine.setFaults(Faults{}) })

	return mux
}

// setFaults replaces the faults.
func (machine *Machine) setFaults(faults Faults) {
	machine.change(func() { machine.faults = faults })
}

// sight is what can be seen; the caller holds the lock.
func (machine *Machine) sight() Sight {
	stage := machine.stage().String()
	if machine.phase == Off {
		stage = "off"
	}

	return Sight{
		Address: machine.door.Addr().String(), Stage: stage, BootID: machine.boot,
		Bootstrapped: machine.disk.Bootstrapped, Version: machine.disk.Version, Wiped: append([]string{}, machine.disk.Wiped...),
	}
}

func reply(answer http.ResponseWriter, value any) {
	answer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(answer).Encode(value)
}
