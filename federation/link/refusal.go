package link

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"sync"
	"time"
)

// Reason says why an incoming connection was refused.
type Reason string

const (
	ReasonNotTLS     Reason = "not-tls"
	ReasonVersion    Reason = "tls-version"
	ReasonFederation Reason = "other-federation"
	ReasonNoProtocol Reason = "no-protocol"
	ReasonUnknownKey Reason = "unknown-key"
	ReasonRemoved    Reason = "removed"
	ReasonTooMany    Reason = "too-many"  // by one peer, or nobody accepts them
	ReasonBusy       Reason = "busy"      // too many handshakes under way
	ReasonTimeout    Reason = "timeout"   // the handshake took too long
	ReasonHandshake  Reason = "handshake" // anything else that TLS found
)

// refusal is an error with its reason.
type refusal struct {
	reason Reason
	cause  error
}

func (r *refusal) Error() string { return string(r.reason) + ": " + r.cause.Error() }
func (r *refusal) Unwrap() error { return r.cause }

// refusals counts all refusals and logs those of one remote once in a while, so that a stranger
// cannot fill the log.
type refusals struct {
	logger *slog.Logger
	mu     sync.Mutex
	count  map[Reason]uint64
	logged map[string]time.Time // by remote host
}

func newRefusals(logger *slog.Logger) *refusals {
	return &refusals{logger: logger, count: make(map[Reason]uint64), logged: make(map[string]time.Time)}
}

// note counts a refusal and logs it if one is due.
func (r *refusals) note(remote net.Addr, why *refusal) {
	host, _, err := net.SplitHostPort(remote.String())
	if err != nil {
		host = remote.String()
	}

	if r.due(host, why.reason, time.Now()) {
		level := slog.LevelWarn
		// This is a node that starts or stops.
		if why.reason == ReasonNoProtocol {
			level = slog.LevelInfo
		}
		r.logger.Log(context.Background(), level,
			"node connection refused; more from this host are counted, not logged, for a minute",
			"remote", remote.String(), "reason", string(why.reason), "error", why.cause)
	}
}

// due counts the refusal and reports whether to log it.
func (r *refusals) due(host string, reason Reason, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count[reason]++
	if last, ok := r.logged[host]; ok && now.Sub(last) < refusalInterval {
		return false
	}

	// Old remotes make room; if there is none, the refusal is only counted.
	if len(r.logged) >= maxRemotes {
		maps.DeleteFunc(r.logged, func(_ string, last time.Time) bool { return now.Sub(last) >= refusalInterval })
	}
	if len(r.logged) >= maxRemotes {
		return false
	}

	r.logged[host] = now
	return true
}

func (r *refusals) counts() map[Reason]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.count)
}
