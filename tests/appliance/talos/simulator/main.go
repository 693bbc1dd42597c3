// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Command simulator is a machine that runs Talos, as far as talosctl can see it. The README beside it says what it is not.
package main

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:50000", "address of the machine's API")
	control := flag.String("control", "", "Unix socket on which tests read calls and set faults")
	options := Options{}
	flag.StringVar(&options.State, "state", "", "folder of what the machine keeps on its disk")
	flag.StringVar(&options.Kubeconfig, "kubeconfig", "", "file that the machine answers as its kubeconfig")
	flag.StringVar(&options.Version, "version", "v1.13.0", "version of Talos that it says it runs")
	flag.DurationVar(&options.Boot, "boot", 500*time.Millisecond, "how long a boot takes")
	flag.Parse()

	if err := run(*listen, *control, options); err != nil {
		log.Fatal(err)
	}
}

func run(listen, control string, options Options) error {
	door, err := newDoor(listen)
	if err != nil {
		return err
	}

	machine, err := NewMachine(options, door)
	if err != nil {
		return err
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	resources, err := NewResources(ctx, machine)
	if err != nil {
		return err
	}

	machine.changed = func() {
		resources.show(ctx)
		machine.tellStatus()
	}
	machine.Boot()

	gate := &Gate{machine: machine}
	server := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(machine.tlsConfig())),
		grpc.UnaryInterceptor(gate.unary),
		grpc.StreamInterceptor(gate.stream),
	)
	register(server, machine, resources)

	if control != "" {
		if err := serveControl(control, machine); err != nil {
			return err
		}
	}

	go func() {
		<-ctx.Done()
		server.Stop()
	}()

	log.Printf("the machine answers on %s", door.Addr())

	return server.Serve(door)
}

// serveControl listens on a socket; a file that an earlier process left is in the way.
func serveControl(path string, machine *Machine) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}

	socket, err := net.Listen("unix", path)
	if err != nil {
		return err
	}

	go func() { log.Print(http.Serve(socket, machine.control())) }()

	return nil
}
