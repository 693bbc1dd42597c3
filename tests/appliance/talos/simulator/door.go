// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"io"
	"log"
	"net"
	"sync"
	"time"
)

const (
	openAttempts = 50
	openPause    = 100 * time.Millisecond
	lingering    = time.Second
)

// door is a listener that can be shut, as a machine's is while it is down, and opened again at the same address.
type door struct {
	address net.Addr

	mu sync.Mutex
	// inner is nil while the door is shut; opened is closed as soon as there is something to accept, or never will be.
	inner  net.Listener
	opened chan struct{}
	ended  bool
	guests map[*guest]struct{}
}

func newDoor(address string) (*door, error) {
	inner, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}

	return &door{address: inner.Addr(), inner: inner, opened: make(chan struct{}), guests: map[*guest]struct{}{}}, nil
}

// Accept implements net.Listener.
func (door *door) Accept() (net.Conn, error) {
	for {
		door.mu.Lock()
		inner, opened, ended := door.inner, door.opened, door.ended
		door.mu.Unlock()

		if ended {
			return nil, net.ErrClosed
		}

		if inner == nil {
			<-opened

			continue
		}

		conn, err := inner.Accept()

		door.mu.Lock()

		if err == nil {
			kept := &guest{Conn: conn, door: door}
			door.guests[kept] = struct{}{}
			door.mu.Unlock()

			return kept, nil
		}

		shut := door.inner != inner
		door.mu.Unlock()

		if !shut {
			return nil, err
		}
	}
}

// Close implements net.Listener.
func (door *door) Close() error {
	door.mu.Lock()
	defer door.mu.Unlock()

	if door.ended {
		return nil
	}

	door.ended = true

	if door.inner == nil {
		close(door.opened)

		return nil
	}

	return door.inner.Close()
}

// Addr implements net.Listener.
func (door *door) Addr() net.Addr { return door.address }

// cut ends every connection; new ones are welcome.
func (door *door) cut() {
	door.mu.Lock()

	guests := make([]*guest, 0, len(door.guests))
	for guest := range door.guests {
		guests = append(guests, guest)
	}
	door.mu.Unlock()

	for _, guest := range guests {
		guest.end()
	}
}

// shut ends every connection and refuses new ones.
func (door *door) shut() {
	door.mu.Lock()

	if door.inner != nil && !door.ended {
		_ = door.inner.Close()
		door.inner, door.opened = nil, make(chan struct{})
	}
	door.mu.Unlock()

	door.cut()
}

// open listens again. The port can be somebody's own for a moment, as the other end of a connection.
func (door *door) open() {
	for attempt := 1; ; attempt++ {
		inner, err := net.Listen("tcp", door.address.String())
		if err != nil {
			if attempt == openAttempts {
				log.Fatal(err)
			}

			time.Sleep(openPause)

			continue
		}

		door.mu.Lock()
		defer door.mu.Unlock()

		if door.ended || door.inner != nil {
			_ = inner.Close()

			return
		}

		door.inner = inner
		close(door.opened)

		return
	}
}

// guest is a connection that the door knows of until it ends.
type guest struct {
	net.Conn

	door *door
}

// Close implements net.Conn. It lets the other end read what was sent last: a client that shows no certificate writes while it is
// being refused, and a connection that is closed with something unread takes the refusal away from it.
func (guest *guest) Close() error {
	if half, is := guest.Conn.(*net.TCPConn); !is || half.CloseWrite() != nil {
		guest.end()

		return nil
	}

	go func() {
		_ = guest.SetReadDeadline(time.Now().Add(lingering))
		_, _ = io.Copy(io.Discard, guest.Conn)

		guest.end()
	}()

	return nil
}

// end ends the connection at once.
func (guest *guest) end() {
	guest.door.mu.Lock()
	delete(guest.door.guests, guest)
	guest.door.mu.Unlock()

	_ = guest.Conn.Close()
}
