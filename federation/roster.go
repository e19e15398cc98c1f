package federation

import (
	"context"
	"crypto/ed25519"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// roster answers who belongs to the federation. It starts from the peers file
// and follows the registry; readers never wait.
type roster struct {
	members atomic.Pointer[[]survey.Member]
}

func newRoster(members []survey.Member) *roster {
	r := &roster{}
	r.set(members)
	return r
}

func (r *roster) set(members []survey.Member) {
	own := append([]survey.Member(nil), members...)
	r.members.Store(&own)
}

// Members returns the roster in its own order. Callers don't change it.
func (r *roster) Members() []survey.Member { return *r.members.Load() }

// Member returns the region's entry.
func (r *roster) Member(region survey.Region) (survey.Member, bool) {
	for _, m := range r.Members() {
		if m.Region == region {
			return m, true
		}
	}
	return survey.Member{}, false
}

// MemberByKey returns the member whose current key this is.
func (r *roster) MemberByKey(key ed25519.PublicKey) (survey.Member, bool) {
	for _, m := range r.Members() {
		if m.Key.Equal(key) {
			return m, true
		}
	}
	return survey.Member{}, false
}

// others returns the members that the region's node may ask: all that were not
// removed, apart from itself.
func (r *roster) others(own survey.Region) []survey.Member {
	var out []survey.Member
	for _, m := range r.Members() {
		if m.Region != own && m.State != survey.MemberRemoved {
			out = append(out, m)
		}
	}
	return out
}

// Banned reports whether the key was taken out of the roster. Such a key does
// not come back.
func (r *roster) Banned(key ed25519.PublicKey) bool {
	for _, m := range r.Members() {
		if m.State == survey.MemberRemoved && m.Key.Equal(key) {
			return true
		}
		for _, previous := range m.PreviousKeys {
			if previous.Equal(key) {
				return true
			}
		}
	}
	return false
}

// followRoster takes the registry's roster over when it changes: it is written to the peers file
// for the next start, and a key that left it loses its open connections at once.
func (f *Federation) followRoster(ctx context.Context) {
	for {
		changed := f.registry.Watch()
		number, members := f.registry.Number(), f.registry.Members()
		before := f.roster.Members()
		differs := f.founding || !reflect.DeepEqual(members, before)
		if differs && len(members) > 0 && number >= f.peers.now().Number {
			f.founding = false
			f.roster.set(members)
			f.dropStrangers(before)
			err := f.peers.change(func(p *Peers) { p.Members, p.Number, p.Founder = members, number, "" })
			if err != nil {
				f.log.Error("the roster is in use, but not written for the next start", "error", err)
			}
		}

		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// rotationGrace is how long a rotated key keeps its connections: the answer to the rotation comes
// over one of them.
const rotationGrace = time.Second

// dropStrangers closes the connections of keys that are no longer a member's, a removed member's at
// once.
func (f *Federation) dropStrangers(before []survey.Member) {
	if f.port == nil {
		return
	}
	for _, m := range before {
		now, ok := f.roster.MemberByKey(m.Key)
		if ok && now.State != survey.MemberRemoved {
			continue
		}

		if same, listed := f.roster.Member(m.Region); listed && same.State != survey.MemberRemoved {
			f.owned.Go(func() {
				notifier.Pause(f.life, rotationGrace)
				f.port.Drop(m.Key)
			})
			continue
		}
		f.port.Drop(m.Key)
	}
}
