package registry

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/survey"
)

// inbound is one peer's side of the transport.
type inbound struct {
	peer      survey.Region
	transport *transport
	raft      *raft.NetworkTransport
	accepted  chan net.Conn
}

func (in *inbound) Accept() (net.Conn, error) {
	select {
	case conn := <-in.accepted:
		return conn, nil
	case <-in.transport.life.Done():
		return nil, net.ErrClosed
	}
}

func (in *inbound) Close() error   { return nil }
func (in *inbound) Addr() net.Addr { return address(in.transport.region) }

func (in *inbound) Dial(raft.ServerAddress, time.Duration) (net.Conn, error) {
	return nil, errors.New("an inbound transport does not dial")
}

// forward passes the peer's requests on to raft.
func (in *inbound) forward() {
	for {
		select {
		case rpc := <-in.raft.Consumer():
			if err := in.check(rpc.Command); err != nil {
				in.refuse(rpc, err)
				continue
			}
			select {
			case in.transport.requests <- rpc:
			case <-in.transport.life.Done():
				return
			}
		case <-in.transport.life.Done():
			return
		}
	}
}

func (in *inbound) guard(handle func(raft.RPC)) func(raft.RPC) {
	return func(rpc raft.RPC) {
		if err := in.check(rpc.Command); err != nil {
			in.refuse(rpc, err)
			return
		}
		handle(rpc)
	}
}

func (in *inbound) refuse(rpc raft.RPC, err error) {
	in.transport.logger.Warn("raft request refused", "peer", in.peer, "error", err)
	rpc.Respond(nil, err)
}

// check compares the sender that the request names with the authenticated one.
func (in *inbound) check(command any) error {
	with, ok := command.(raft.WithRPCHeader)
	if !ok {
		return fmt.Errorf("a request %T without a header", command)
	}

	header := with.GetRPCHeader()
	region, generation := splitServerID(raft.ServerID(header.ID))
	if region != in.peer || !bytes.Equal(header.Addr, []byte(in.peer)) {
		return fmt.Errorf("it speaks for %q at %q", clipBytes(header.ID), clipBytes(header.Addr))
	}

	// A newer generation than ours is the news that our roster lacks; an older
	// one has been replaced and must not vote.
	if oldest := in.transport.oldest(region); generation < max(oldest, 1) {
		return fmt.Errorf("generation %d was replaced by %d", generation, oldest)
	}
	return nil
}
