package api

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Anyone is the role of routes that tell nothing about anybody: the
// documentation.
const Anyone store.Permission = ""

const (
	maxSecret = 256 // bytes of a token
	// A remote address may fail this often at once, then once a second.
	failureBurst = 20
	failureEvery = time.Second
	maxRemotes   = 4096
)

type (
	callerKey     struct{}
	requestKeyKey struct{}
)

// authenticate returns whose token the request bears. A wrong token is told
// apart from a missing one by nobody; failures beyond the address's allowance
// are 429. The allowance does not bind good tokens: many people share a
// trust's address, and a token is too long to be guessed.
func (s *server) authenticate(r *http.Request) (store.Token, *Problem) {
	values := r.Header.Values("Authorization")
	if len(values) == 1 {
		scheme, secret, _ := strings.Cut(values[0], " ")
		if strings.EqualFold(scheme, "Bearer") && secret != "" && len(secret) <= maxSecret {
			token, err := s.tokens.Authenticate(secret)
			switch {
			case err == nil:
				return token, nil
			case !errors.Is(err, store.ErrUnauthenticated):
				s.log.Error("authenticate", "error", err)
				return store.Token{}, problemOf(err, false)
			}
		}
	}
	if !s.failures.allow(r.RemoteAddr) {
		return store.Token{}, newProblem(codeTooMany, "")
	}
	return store.Token{}, newProblem(codeUnauthorised, "")
}

// authorise refuses callers below the route's role.
func authorise(caller store.Token, minimum store.Permission) *Problem {
	if !caller.Role.Includes(minimum) {
		return newProblem(codeForbidden, fmt.Sprintf("This needs the role %s; yours is %s", minimum, caller.Role))
	}
	return nil
}

// caller returns whose token the request bears.
func caller(ctx context.Context) store.Token {
	token, _ := ctx.Value(callerKey{}).(store.Token)
	return token
}

// request identifies the command for retries. The caller's number is mixed
// into the id, so that two people who choose the same key cannot get each
// other's outcome.
func request(ctx context.Context) survey.Request {
	caller := caller(ctx)
	key, _ := ctx.Value(requestKeyKey{}).(string)
	sum := sha256.Sum256([]byte("tracker-request/1\n" + strconv.FormatUint(caller.Actor, 10) + "\n" + key))
	return survey.Request{ID: base64.RawURLEncoding.EncodeToString(sum[:]), Actor: caller.Actor}
}

// failures bounds how many failing authentications each remote address gets
// answered as such. It holds at most maxRemotes addresses and forgets the one
// that failed longest ago.
type failures struct {
	mu       sync.Mutex
	byRemote map[netip.Prefix]*list.Element
	recent   *list.List // of *remote, latest failure first
}

type remote struct {
	network netip.Prefix
	limit   *rate.Limiter
}

func newFailures() *failures {
	return &failures{byRemote: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

func (f *failures) allow(address string) bool {
	network := networkOf(address)
	f.mu.Lock()
	defer f.mu.Unlock()
	element, known := f.byRemote[network]
	if !known {
		if f.recent.Len() == maxRemotes {
			oldest := f.recent.Remove(f.recent.Back()).(*remote)
			delete(f.byRemote, oldest.network)
		}
		element = f.recent.PushFront(&remote{network: network, limit: rate.NewLimiter(rate.Every(failureEvery), failureBurst)})
		f.byRemote[network] = element
	}
	f.recent.MoveToFront(element)
	return element.Value.(*remote).limit.Allow()
}

// networkOf is the address that a limit binds: one IPv4 address, or the /64
// that one IPv6 customer has to itself. Anything else shares one limit.
func networkOf(address string) netip.Prefix {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip := at.Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	network, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
