// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"log"
	"reflect"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"go.yaml.in/yaml/v4"
)

// immediate are the parts of the main document that come into force without a boot, in 1.13; every other document does as well.
var immediate = [][]string{
	{"debug"},
	{"cluster"},
	{"machine", "ca"},
	{"machine", "acceptedCAs"},
	{"machine", "time"},
	{"machine", "certSANs"},
	{"machine", "install"},
	{"machine", "network"},
	{"machine", "sysfs"},
	{"machine", "sysctls"},
	{"machine", "logging"},
	{"machine", "controlPlane"},
	{"machine", "kubelet"},
	{"machine", "kernel"},
	{"machine", "registries"},
	{"machine", "pods"},
	{"machine", "seccompProfiles"},
	{"machine", "nodeAnnotations"},
	{"machine", "nodeLabels"},
	{"machine", "nodeTaints"},
	{"machine", "features", "kubernetesTalosAPIAccess"},
	{"machine", "features", "kubePrism"},
	{"machine", "features", "hostDNS"},
	{"machine", "features", "imageCache"},
	{"machine", "features", "nodeAddressSortAlgorithm"},
}

// appliesAtOnce tells whether a machine can go on with another configuration without a boot.
func appliesAtOnce(current, wanted config.Provider) bool {
	return reflect.DeepEqual(rest(current), rest(wanted))
}

// rest is the main document without what comes into force at once.
func rest(provider config.Provider) map[string]any {
	text, err := encoder.NewEncoder(provider.RawV1Alpha1(), encoder.WithComments(encoder.CommentsDisabled)).Encode()
	if err != nil {
		log.Fatal(err)
	}

	document := map[string]any{}
	if err := yaml.Unmarshal(text, &document); err != nil {
		log.Fatal(err)
	}

	for _, path := range immediate {
		remove(document, path)
	}

	return document
}

func remove(from map[string]any, path []string) {
	if len(path) == 1 {
		delete(from, path[0])

		return
	}

	if below, is := from[path[0]].(map[string]any); is {
		remove(below, path[1:])
	}
}
