// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Disk is what survives a boot.
type Disk struct {
	// Config is the machine configuration, empty in maintenance mode (partition STATE).
	Config []byte
	// Staged is a configuration that takes effect with the next boot.
	Staged []byte
	// Bootstrapped tells whether etcd has data (partition EPHEMERAL).
	Bootstrapped bool
	// Version is Talos's, and Installed the one with which the next boot starts.
	Version, Installed string
	// Left are the labels of the partitions that were there before the last wipe and were not emptied by it.
	Left []string
	// Wiped are the labels of the partitions that the last wipe emptied.
	Wiped []string
}

// loadDisk reads a folder; one without a file is a new machine's.
func loadDisk(folder, version string) (Disk, error) {
	disk := Disk{Version: version}

	text, err := os.ReadFile(diskFile(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return disk, nil
	}

	if err != nil {
		return disk, err
	}

	return disk, json.Unmarshal(text, &disk)
}

// save writes the disk, wholly or not at all.
func (disk *Disk) save(folder string) error {
	text, err := json.Marshal(disk)
	if err != nil {
		return err
	}

	partial := diskFile(folder) + ".partial"
	if err := os.WriteFile(partial, text, 0o600); err != nil {
		return err
	}

	return os.Rename(partial, diskFile(folder))
}

// boot brings into force what waited for it.
func (disk *Disk) boot() {
	if len(disk.Staged) > 0 {
		disk.Config, disk.Staged = disk.Staged, nil
	}

	if disk.Installed != "" {
		disk.Version, disk.Installed = disk.Installed, ""
	}
}

func diskFile(folder string) string {
	return filepath.Join(folder, "disk.json")
}
