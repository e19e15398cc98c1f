package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
)

func anInvite() identity.Invite {
	return identity.Invite{Federation: identity.FederationID{1, 2}, Region: "wessex", Sponsor: identity.FromSeed([32]byte{7}).Public(),
		Addresses: []string{"tracker.otv.example:7443", "[2001:db8::1]:7443"}, Secret: identity.NewInviteSecret(),
		Expires: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
}

func TestInviteIsReadBack(t *testing.T) {
	want := anInvite()
	text := want.String()
	for _, written := range []string{text, " " + text[:30] + "\r\n  " + text[30:] + "\n"} {
		got, err := identity.ParseInvite(written)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != text || got.Hash() != want.Hash() || !got.Expires.Equal(want.Expires) {
			t.Errorf("read back as %+v", got)
		}
	}
}

// Whatever is cut off or changed, the invite is refused as a whole.
func TestDamagedInvitesAreRefused(t *testing.T) {
	text := anInvite().String()
	for cut := range len(text) {
		if _, err := identity.ParseInvite(text[:cut]); !errors.Is(err, identity.ErrInvite) {
			t.Fatalf("cut to %d characters: %v", cut, err)
		}
		other := byte('A')
		if text[cut] == other {
			other = 'B'
		}
		if _, err := identity.ParseInvite(text[:cut] + string(other) + text[cut+1:]); !errors.Is(err, identity.ErrInvite) {
			t.Fatalf("character %d changed: %v", cut, err)
		}
	}
	for _, bad := range []string{"", "hello", strings.Repeat("A", 1<<20), text + text, text + "A"} {
		if _, err := identity.ParseInvite(bad); !errors.Is(err, identity.ErrInvite) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func FuzzParseInvite(f *testing.F) {
	f.Add(anInvite().String())
	f.Fuzz(func(t *testing.T, s string) {
		i, err := identity.ParseInvite(s)
		if err == nil && i.Check() != nil {
			t.Errorf("read an invite that cannot be: %+v", i)
		}
	})
}

func TestKeyCardProvesItsKeyForOneFederation(t *testing.T) {
	here, there := identity.NewFederationID(), identity.NewFederationID()
	key := identity.FromSeed([32]byte{9})
	card, err := identity.ParseKeyCard(identity.NewKeyCard(key, here, "sw").String())
	if err != nil {
		t.Fatal(err)
	}
	if card.Region != "sw" || !card.Key.Equal(key.Public()) || !card.Proves(here) || card.Proves(there) {
		t.Errorf("the card is %+v", card)
	}
	card.Region = "we"
	if card.Proves(here) {
		t.Error("the card proves another region's key")
	}
	for _, bad := range []string{"", "tracker-key-1.sw.AAAA", identity.NewKeyCard(key, here, "sw").String()[:40]} {
		if _, err := identity.ParseKeyCard(bad); !errors.Is(err, identity.ErrKeyCard) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
