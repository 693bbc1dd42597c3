// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

// Faults are what a real machine does not do on demand. They are the process's and not the disk's: one that starts again has
// none. The numbers count down with each time that a fault is met.
type Faults struct {
	// NotReady refuses so many bootstraps and applications of a configuration.
	NotReady int `json:"not_ready"`
	// TimeNotInSync keeps the clock from being in sync, and bootstraps from beginning.
	TimeNotInSync bool `json:"time_not_in_sync"`
	// RebootInApply ends the connection of the next application after the configuration was taken.
	RebootInApply bool `json:"reboot_in_apply"`
	// LostAnswer ends every connection in the place of the answer to the next call of this method, such as Bootstrap, which was
	// carried out.
	LostAnswer string `json:"lost_answer"`
	// NoMount keeps user volumes from being mounted.
	NoMount bool `json:"no_mount"`
}
