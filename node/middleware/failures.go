package middleware

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxFailureKeys bounds the keys that Failures remembers.
const maxFailureKeys = 4096

// Failures bounds how often something fails for each key: so often at once,
// then one by one. It remembers at most maxFailureKeys keys and forgets the
// one that failed longest ago. It is safe for concurrent use.
type Failures struct {
	mu     sync.Mutex
	burst  int
	every  time.Duration
	byKey  map[string]*list.Element
	recent *list.List // of *failure, latest first
}

type failure struct {
	key   string
	limit *rate.Limiter
}

// NewFailures allows each key burst failures at once and one more after every
// interval.
func NewFailures(burst int, every time.Duration) *Failures {
	return &Failures{burst: burst, every: every, byKey: map[string]*list.Element{}, recent: list.New()}
}

// Exhausted reports whether the key has no failure left. It takes none.
func (f *Failures) Exhausted(key string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	element, known := f.byKey[key]
	return known && element.Value.(*failure).limit.TokensAt(now) < 1
}

// Fail takes one failure from the key's allowance and reports whether it had
// one left.
func (f *Failures) Fail(key string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	element, known := f.byKey[key]
	if !known {
		if f.recent.Len() == maxFailureKeys {
			oldest := f.recent.Remove(f.recent.Back()).(*failure)
			delete(f.byKey, oldest.key)
		}
		element = f.recent.PushFront(&failure{key: key, limit: rate.NewLimiter(rate.Every(f.every), f.burst)})
		f.byKey[key] = element
	}
	f.recent.MoveToFront(element)
	return element.Value.(*failure).limit.AllowN(now, 1)
}

// Network is what a limit binds: one IPv4 address, or the /64 that one IPv6
// customer has. Any other address shares one key.
func Network(remote string) string {
	const elsewhere = "elsewhere"
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return elsewhere
	}

	// A provider gives each of its customers a /64, so one address of it says nothing.
	ip := at.Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return elsewhere
	}
	return prefix.String()
}
