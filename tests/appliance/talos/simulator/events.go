// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"log"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Events are those of one boot, as a machine keeps them in its memory.
type Events struct {
	mu   sync.Mutex
	kept []*machine.Event
	// more is closed with the next event, or when the events are forgotten.
	more chan struct{}
	// last is what the machine's status was said to be.
	last *machine.MachineStatusEvent
}

func newEvents() *Events {
	return &Events{more: make(chan struct{})}
}

// forget begins the events of another boot.
func (events *Events) forget() {
	events.mu.Lock()
	defer events.mu.Unlock()

	events.kept, events.last = nil, nil
	events.wake()
}

// stopping tells that all services stop, after which a machine is not heard of until it boots.
func (events *Events) stopping(actor string) {
	events.add(actor, &machine.TaskEvent{Action: machine.TaskEvent_START, Task: "stopAllServices"})
}

// status tells the machine's stage and what it lacks, unless it was said already.
func (events *Events) status(stage machine.MachineStatusEvent_MachineStage, lacking []string) {
	said := &machine.MachineStatusEvent{Stage: stage, Status: &machine.MachineStatusEvent_MachineStatus{Ready: len(lacking) == 0}}

	for _, name := range lacking {
		condition := &machine.MachineStatusEvent_MachineStatus_UnmetCondition{Name: name, Reason: name}
		said.Status.UnmetConditions = append(said.Status.UnmetConditions, condition)
	}

	events.mu.Lock()
	known := proto.Equal(events.last, said)
	events.last = said
	events.mu.Unlock()

	if !known {
		events.add("", said)
	}
}

// tellStatus tells the machine's status to whoever watches.
func (node *Machine) tellStatus() {
	lacking, stage := node.lacking(), runtime.MachineStageUnknown
	node.look(func() { stage = node.stage() })

	value := machine.MachineStatusEvent_MachineStage_value[strings.ToUpper(stage.String())]
	node.events.status(machine.MachineStatusEvent_MachineStage(value), lacking)
}

func (events *Events) add(actor string, payload proto.Message) {
	value, err := proto.Marshal(payload)
	if err != nil {
		log.Fatal(err)
	}

	kind := "talos/runtime/" + string(payload.ProtoReflect().Descriptor().FullName())

	events.mu.Lock()
	defer events.mu.Unlock()

	events.kept = append(events.kept, &machine.Event{
		Data: &anypb.Any{TypeUrl: kind, Value: value}, Id: uuid.NewString(), ActorId: actor,
	})
	events.wake()
}

// wake lets the readers look again; the caller holds the lock.
func (events *Events) wake() {
	close(events.more)
	events.more = make(chan struct{})
}

func (events *Events) look() ([]*machine.Event, <-chan struct{}) {
	events.mu.Lock()
	defer events.mu.Unlock()

	return slices.Clone(events.kept), events.more
}

// Events implements machine.MachineServiceServer.
func (services *Services) Events(request *machine.EventsRequest, stream grpc.ServerStreamingServer[machine.Event]) error {
	if request.GetTailId() != "" || request.GetTailSeconds() != 0 {
		return status.Error(codes.Unimplemented, "events since an event or a time are not simulated")
	}

	kept, more := services.node.events.look()
	sent := len(kept)

	switch tail := int(request.GetTailEvents()); {
	case tail < 0:
		sent = 0
	case tail > 0:
		sent = max(0, sent-tail)
	}

	// The client takes the first message, which is empty, for the sign that the stream began.
	if err := stream.Send(&machine.Event{Data: &anypb.Any{}}); err != nil {
		return err
	}

	for {
		for ; sent < len(kept); sent++ {
			if actor := request.GetWithActorId(); actor != "" && actor != kept[sent].GetActorId() {
				continue
			}

			if err := stream.Send(kept[sent]); err != nil {
				return err
			}
		}

		select {
		case <-more:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}

		kept, more = services.node.events.look()
		sent = min(sent, len(kept))
	}
}
