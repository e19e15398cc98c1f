package gossip

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const (
	maxQueuedFrames = 64
	dialTimeout     = 5 * time.Second
	writeTimeout    = 5 * time.Second
	minRedial       = 500 * time.Millisecond
	maxRedial       = 8 * time.Second
)

// sender keeps one packet connection to one peer and writes the queued frames
// to it. It dials when there is something to send.
type sender struct {
	to     survey.Region
	queue  chan []byte   // frames; nil is the end, after the last beacon
	reset  chan struct{} // the peer is silent or connected anew: an old connection is suspect
	rest   atomic.Int64  // no dialing before this time, Unix nanoseconds
	stop   context.CancelFunc
	finish chan struct{} // closed when run ends

	line  *outgoing     // nil if there is no connection; run has it
	pause time.Duration // before the next dial after a failed one
}

// send queues a frame for a peer, or drops it if the peer is behind.
func (t *transport) send(to survey.Region, kind frameType, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("gossip to %s: frame of %d bytes", to, len(payload))
	}
	if to == t.self || !t.member(to) {
		return fmt.Errorf("gossip to %s: not another member of the roster", to)
	}

	s := t.sender(to)
	if s == nil {
		return net.ErrClosed
	}
	frame := make([]byte, 3+len(payload))
	binary.BigEndian.PutUint16(frame, uint16(len(payload)))
	frame[2] = byte(kind)
	copy(frame[3:], payload)

	// A full queue drops the frame, as a network would.
	select {
	case s.queue <- frame:
	default:
	}
	return nil
}

func (t *transport) sender(to survey.Region) *sender {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	if s, ok := t.senders[to]; ok {
		return s
	}

	ctx, stop := context.WithCancel(t.ctx)
	s := &sender{to: to, stop: stop, queue: make(chan []byte, maxQueuedFrames), reset: make(chan struct{}, 1),
		finish: make(chan struct{}), pause: minRedial}
	t.senders[to] = s
	t.running.Add(1)
	go func() {
		defer t.running.Done()
		t.run(ctx, s)
	}()
	return s
}

// keepOnly stops the senders to regions that left the roster.
func (t *transport) keepOnly(member func(survey.Region) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for region, s := range t.senders {
		if !member(region) {
			s.stop()
			delete(t.senders, region)
		}
	}
}

// redial gives up the connection to a peer if it is older than aliveFor. After a long partition a
// kept TCP connection may wait minutes before it tries again; and if the peer came back at another
// address, the old connection leads nowhere for as long without an error. The peer then does not
// redial in turn, because the connection that made this node redial is younger than that.
func (t *transport) redial(to survey.Region) {
	t.mu.Lock()
	s := t.senders[to]
	t.mu.Unlock()
	if s == nil {
		return
	}
	select {
	case s.reset <- struct{}{}:
	default:
	}
}

// reachable ends the pause before the next dial, because the peer was just heard.
func (t *transport) reachable(peer survey.Region) {
	t.mu.Lock()
	s := t.senders[peer]
	t.mu.Unlock()
	if s != nil {
		s.rest.Store(0)
	}
}

// run writes the queued frames of one peer until ctx ends or the queue does.
func (t *transport) run(ctx context.Context, s *sender) {
	defer close(s.finish)
	defer t.hangUp(s)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.reset:
			if s.line != nil && time.Since(s.line.since) > aliveFor {
				t.hangUp(s)
			}
		case frame := <-s.queue:
			if frame == nil {
				return // the last beacon: all frames queued before are written
			}
			t.write(ctx, s, frame)
		}
	}
}

// write sends one frame, over a new connection if there is none. The frame is lost
// while the peer cannot be reached.
func (t *transport) write(ctx context.Context, s *sender, frame []byte) {
	if s.line != nil && s.line.broken() {
		t.hangUp(s)
	}
	if s.line == nil {
		if time.Now().UnixNano() < s.rest.Load() {
			return
		}
		if s.line = t.call(ctx, s.to); s.line == nil {
			s.rest.Store(time.Now().Add(s.pause/2 + rand.N(s.pause)).UnixNano())
			s.pause = min(2*s.pause, maxRedial)
			return
		}
		s.pause = minRedial
	}

	_ = s.line.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := s.line.conn.Write(frame); err != nil {
		t.hangUp(s)
	}
}

// outgoing is one dialed packet connection. The peer sends nothing on it, so
// a read that returns means that the peer closed it.
type outgoing struct {
	conn  net.Conn
	since time.Time
	gone  chan struct{}
}

func (o *outgoing) broken() bool {
	select {
	case <-o.gone:
		return true
	default:
		return false
	}
}

// call dials the peer. It returns nil if that fails.
func (t *transport) call(ctx context.Context, to survey.Region) *outgoing {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := t.network.Dial(ctx, to, ProtocolPacket)
	if err != nil {
		t.log.Debug("gossip cannot reach a member", "peer", to, "error", err)
		return nil
	}
	if !t.track(conn) {
		_ = conn.Close()
		return nil
	}

	line := &outgoing{conn: conn, since: time.Now(), gone: make(chan struct{})}
	go func() {
		defer t.running.Done()
		defer close(line.gone)
		_, _ = io.ReadFull(conn, make([]byte, 1))
	}()
	return line
}

// hangUp closes the connection to the peer, if there is one.
func (t *transport) hangUp(s *sender) {
	if s.line != nil {
		t.drop(s.line.conn)
		s.line = nil
	}
}

// farewell sends each connected peer a last frame and waits until it is
// written, at most until ctx ends.
func (t *transport) farewell(ctx context.Context, payload []byte) {
	t.mu.Lock()
	senders := make([]*sender, 0, len(t.senders))
	for _, s := range t.senders {
		senders = append(senders, s)
	}
	t.mu.Unlock()

	for _, s := range senders {
		_ = t.send(s.to, frameBeacon, payload)
		select {
		case s.queue <- nil:
		default:
		}
	}

	// Each sender ends after the frames that it has queued.
	for _, s := range senders {
		select {
		case <-s.finish:
		case <-ctx.Done():
			return
		}
	}
}
