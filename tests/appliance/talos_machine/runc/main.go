// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Command runc stands before the real runc on a host that lacks what every machine has. It takes out of a container's
// description what such a host refuses, and starts the real one:
//
//   - where nobody has CAP_SYS_RESOURCE: OOM scores that are lowered, and the capability itself;
//   - on version 1 of cgroups, where the hierarchies are mounts below /sys/fs/cgroup: its bind takes them along.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	realRunc   = "/usr/sbin/runc.real"
	cgroups    = "/sys/fs/cgroup"
	capability = "CAP_SYS_RESOURCE"
)

type object = map[string]any

func main() {
	if err := prepare(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "runc:", err)
		os.Exit(1)
	}
	err := syscall.Exec(realRunc, append([]string{"runc"}, os.Args[1:]...), os.Environ())
	fmt.Fprintln(os.Stderr, "runc:", realRunc, err)
	os.Exit(1)
}

// prepare rewrites the description that the arguments name: a bundle's for create and run, a process's for exec.
func prepare(arguments []string) error {
	for index, word := range arguments {
		name, value, joined := strings.Cut(word, "=")
		if !joined && index+1 < len(arguments) {
			value = arguments[index+1]
		}
		switch name {
		case "--bundle", "-b":
			return rewrite(filepath.Join(value, "config.json"), container)
		case "--process", "-p":
			return rewrite(value, process)
		}
	}
	return nil
}

func rewrite(path string, change func(object)) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var content object
	if err := json.Unmarshal(data, &content); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	change(content)
	if data, err = json.Marshal(content); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func container(content object) {
	if spec, ok := content["process"].(object); ok {
		process(spec)
	}
	if _, err := os.Stat(cgroups + "/cgroup.controllers"); err == nil {
		return
	}
	mounts, _ := content["mounts"].([]any)
	for _, each := range mounts {
		mount, _ := each.(object)
		if mount["source"] != cgroups {
			continue
		}
		options, _ := mount["options"].([]any)
		for index, option := range options {
			if option == "bind" {
				options[index] = "rbind"
			}
		}
	}
}

func process(spec object) {
	if lacksCapability() {
		delete(spec, "oomScoreAdj")
		sets, _ := spec["capabilities"].(object)
		for name, set := range sets {
			members, _ := set.([]any)
			kept := []any{}
			for _, member := range members {
				if member != capability {
					kept = append(kept, member)
				}
			}
			sets[name] = kept
		}
	}
}

// lacksCapability tells whether this process may never have the capability (bit 24, linux/capability.h).
func lacksCapability() bool {
	data, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(data)) {
		if value, found := strings.CutPrefix(line, "CapBnd:"); found {
			var bits uint64
			if _, err := fmt.Sscanf(strings.TrimSpace(value), "%x", &bits); err == nil {
				return bits>>24&1 == 0
			}
		}
	}
	return false
}
