package link

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/ahsn-network/tracker/federation/identity"
)

// ProtocolJoin is the one protocol that a stranger may speak: one request and
// one answer over TLS, in which the stranger proves its key. A node listens for
// it only while an invitation is open.
const ProtocolJoin = "tracker-join/1"

// Bounds of joining. They are for strangers, so they are narrow, and shared by
// all of them.
const (
	maxJoins      = 4 // connections of strangers at a time
	joinEvery     = time.Second
	joinBurst     = 16
	joinTimeout   = 30 * time.Second // from the handshake to the answer
	maxJoinBody   = 16 << 10
	maxJoinAnswer = 256 << 10
)

// JoinHandler answers one stranger, whose key the handshake proved. A *CallError goes to the
// stranger unchanged; of any other error it learns only that there was one.
type JoinHandler func(ctx context.Context, key ed25519.PublicKey, request []byte) (answer []byte, err error)

// JoinServer answers strangers.
type JoinServer struct {
	listener net.Listener
	handler  JoinHandler
	logger   *slog.Logger
	life     context.Context
	end      context.CancelFunc
	running  sync.WaitGroup
}

// ServeJoins answers the strangers that come over the network until Close. The
// network's connections for ProtocolJoin have the method
// Key() ed25519.PublicKey.
func ServeJoins(n Network, handler JoinHandler, logger *slog.Logger) *JoinServer {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	s := &JoinServer{listener: n.Listen(ProtocolJoin), handler: handler, logger: logger}
	s.life, s.end = context.WithCancel(context.Background())
	s.running.Go(s.accept)
	return s
}

// Close refuses strangers from now on, and waits for those under way.
func (s *JoinServer) Close() error {
	s.end()
	err := s.listener.Close()
	s.running.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close joining: %w", err)
	}
	return nil
}

func (s *JoinServer) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}

		known, ok := conn.(interface{ Key() ed25519.PublicKey })
		if !ok || len(known.Key()) != ed25519.PublicKeySize {
			conn.Close()
			continue
		}

		s.running.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(s.life, func() { conn.SetDeadline(time.Unix(1, 0)) })()
			if err := s.answer(conn, known.Key()); err != nil {
				s.logger.Debug("a newcomer was not answered", "remote", conn.RemoteAddr(), "error", err)
			}
		})
	}
}

// answer serves one request of a stranger.
func (s *JoinServer) answer(conn net.Conn, key ed25519.PublicKey) error {
	ctx, cancel := context.WithTimeout(s.life, joinTimeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}

	request, err := readFrame(conn, maxJoinBody)
	if err != nil {
		return err
	}

	answer, err := s.handler(ctx, key, request)
	if err == nil {
		return writeFrame(conn, answered, answer)
	}

	// The stranger learns nothing of other errors.
	var own *CallError
	if !errors.As(err, &own) {
		s.logger.Warn("a newcomer could not be admitted", "node", identity.NodeID(key), "error", err)
		own = &CallError{CodeInternal, "an unexpected error: the node's log has it"}
	}
	text, err := json.Marshal(own)
	if err != nil {
		return err
	}
	return writeFrame(conn, refused, text)
}

// The first byte of an answer.
const (
	answered = 0
	refused  = 1
)

func readFrame(r io.Reader, most uint32) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > most {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", length, most)
	}

	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return body, err
}

func writeFrame(w io.Writer, kind byte, body []byte) error {
	frame := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)))
	_, err := w.Write(append(frame, body...))
	return err
}

// AskToJoin sends the request over a connection to the sponsor and returns its
// answer. The error is ErrUnreachable if nothing was sent, the sponsor's own
// *CallError, or ErrInterrupted if it is unknown whether the request was
// carried out: asking again with the same key and invitation is safe.
func AskToJoin(ctx context.Context, conn net.Conn, request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()

	if len(request) > maxJoinBody {
		return nil, fmt.Errorf("ask to join: %w: the request is too long", ErrUnreachable)
	}
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(request)))
	if _, err := conn.Write(append(frame, request...)); err != nil {
		return nil, fmt.Errorf("ask to join: %w: %w", ErrInterrupted, err)
	}

	kind := make([]byte, 1)
	if _, err := io.ReadFull(conn, kind); err != nil {
		return nil, fmt.Errorf("ask to join: %w: %w", ErrInterrupted, err)
	}
	answer, err := readFrame(conn, maxJoinAnswer)
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask to join: %w: %w", ErrInterrupted, err)
	case kind[0] == answered:
		return answer, nil
	}
	refusal := new(CallError)
	if err := json.Unmarshal(answer, refusal); err != nil || refusal.Code == "" {
		return nil, fmt.Errorf("ask to join: %w: an unreadable answer", ErrInterrupted)
	}
	return nil, refusal
}

// DialJoin connects to a sponsor's node as a stranger who knows its key and its federation from an
// invitation. It takes at most 10 s. ErrWrongKey says that another node answers at the address,
// ErrRefused that the node accepts no strangers now.
func DialJoin(ctx context.Context, key *identity.Key, federation identity.FederationID, address string,
	sponsor ed25519.PublicKey,
) (net.Conn, error) {
	certificate, err := selfSigned(key)
	if err != nil {
		return nil, fmt.Errorf("dial the sponsor: %w", err)
	}

	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial the sponsor: %w", err)
	}

	config := pinned(certificate, federation, ProtocolJoin, sponsor, "the sponsor")
	secure, err := handshake(ctx, raw, config)
	if err != nil {
		raw.Close()
		return nil, fmt.Errorf("dial the sponsor at %s: %w", address, err)
	}
	return secure, nil
}

// joins bounds the strangers that are served at a time.
type joins struct {
	limit *rate.Limiter
	slots chan struct{}
}

func newJoins() *joins {
	return &joins{limit: rate.NewLimiter(rate.Every(joinEvery), joinBurst), slots: make(chan struct{}, maxJoins)}
}

// enter takes a slot, if there is one.
func (j *joins) enter() error {
	if !j.limit.Allow() {
		return &refusal{ReasonTooMany, errors.New("too many newcomers lately")}
	}
	select {
	case j.slots <- struct{}{}:
		return nil
	default:
		return &refusal{ReasonTooMany, errors.New("too many newcomers at a time")}
	}
}

func (j *joins) leave() { <-j.slots }

// entitled returns the member of an incoming connection; for ProtocolJoin alone it also lets
// strangers in, but no removed key.
func (p *Port) entitled(state tls.ConnectionState) (peer string, key ed25519.PublicKey, err error) {
	member, err := p.memberOf(state)
	key, _ = keyOf(state)
	if state.NegotiatedProtocol != ProtocolJoin {
		return string(member.Region), key, err
	}

	var why *refusal
	if errors.As(err, &why) && (why.reason != ReasonUnknownKey || key == nil) {
		return "", nil, err
	}
	if banned, ok := p.opts.Roster.(interface{ Banned(ed25519.PublicKey) bool }); ok && banned.Banned(key) {
		return "", nil, &refusal{ReasonRemoved, fmt.Errorf("node id %s", identity.NodeID(key))}
	}
	return "", slices.Clone(key), nil
}
