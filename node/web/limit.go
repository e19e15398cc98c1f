package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often a sign-in, or an unknown survey link, may fail at once and then
// one by one. Many people share the address of a trust, so the allowance is
// generous; passwords are protected by their name's allowance too.
const (
	signInBurst  = 10
	signInEvery  = 6 * time.Second
	guessBurst   = 20
	guessEvery   = time.Second
	maxAttempts  = 4096 // keys remembered
	hashesAtOnce = 2    // 19 MiB each
	hashingWait  = 5 * time.Second
)

// attempts bounds how often something fails for each key. It remembers at most
// maxAttempts keys and forgets the one that failed longest ago.
type attempts struct {
	mu     sync.Mutex
	burst  int
	every  time.Duration
	byKey  map[string]*list.Element
	recent *list.List // of *attempt, latest failure first
}

type attempt struct {
	key   string
	limit *rate.Limiter
}

func newAttempts(burst int, every time.Duration) *attempts {
	return &attempts{burst: burst, every: every, byKey: map[string]*list.Element{}, recent: list.New()}
}

// exhausted reports whether the key has no failure left. It takes none.
func (a *attempts) exhausted(key string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	element, known := a.byKey[key]
	return known && element.Value.(*attempt).limit.TokensAt(now) < 1
}

// failed takes one failure from the key's allowance.
func (a *attempts) failed(key string, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	element, known := a.byKey[key]
	if !known {
		if a.recent.Len() == maxAttempts {
			oldest := a.recent.Remove(a.recent.Back()).(*attempt)
			delete(a.byKey, oldest.key)
		}
		element = a.recent.PushFront(&attempt{key: key, limit: rate.NewLimiter(rate.Every(a.every), a.burst)})
		a.byKey[key] = element
	}
	a.recent.MoveToFront(element)
	element.Value.(*attempt).limit.AllowN(now, 1)
}

// network is what a limit binds: one IPv4 address, or the /64 that one IPv6
// customer has. Anything else shares one key.
func network(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "elsewhere"
	}
	ip := at.Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return "elsewhere"
	}
	return prefix.String()
}
