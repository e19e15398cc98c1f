package identity_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/federation/identity"
)

func anID(seed byte) string { return identity.NodeID(identity.FromSeed([32]byte{seed}).Public()) }

func TestNodeIDForm(t *testing.T) {
	// The example of https://docs.syncthing.net/dev/device-ids.html has valid
	// check characters by the same algorithm.
	const syncthing = "MFZWI3D-BONSGYC-YLTMRWG-C43ENR5-QXGZDMM-FZWI3DP-BONSGYY-LTMRWAD"
	if got, err := identity.ParseNodeID(syncthing); got != syncthing || err != nil {
		t.Errorf("Syncthing's example: %q, %v", got, err)
	}
	id := anID(1)
	if parts := strings.Split(id, "-"); len(parts) != 8 || len(id) != 56+7 {
		t.Errorf("form of %s", id)
	}
	if id == anID(2) || id != anID(1) {
		t.Error("the id does not follow the key")
	}
}

func TestParseNodeIDIsTolerant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := identity.NodeID(identity.FromSeed([32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))).Public())
		for _, typed := range []string{
			id, strings.ToLower(id), strings.ReplaceAll(id, "-", ""), " " + strings.ReplaceAll(id, "-", " ") + "\n",
			strings.NewReplacer("O", "0", "I", "1", "B", "8").Replace(id),
		} {
			if got, err := identity.ParseNodeID(typed); got != id || err != nil {
				t.Fatalf("%q: %q, %v", typed, got, err)
			}
		}
	})
}

func TestParseNodeIDFindsEveryWrongCharacter(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	id := strings.ReplaceAll(anID(3), "-", "")
	for at := range len(id) {
		for _, c := range alphabet {
			if byte(c) == id[at] {
				continue
			}
			typed := id[:at] + string(c) + id[at+1:]
			_, err := identity.ParseNodeID(typed)
			where := []string{"groups 1 and 2", "groups 3 and 4", "groups 5 and 6", "groups 7 and 8"}[at/14]
			if !errors.Is(err, identity.ErrNodeID) || !strings.Contains(err.Error(), where) {
				t.Fatalf("%c for %c at %d: %v", c, id[at], at, err)
			}
		}
	}
}

func TestParseNodeIDRefuses(t *testing.T) {
	id := anID(4)
	for _, c := range []struct{ name, text, says string }{
		{"empty", "", "0 characters"},
		{"a group short", id[:55], "49 characters"},
		{"a group too many", id + "-AAAAAAA", "63 characters"},
		{"strange character", id[:9] + "9" + id[10:], "'9' in group 2"},
		{"very long", strings.Repeat("A", 1000), "1000 characters"},
	} {
		if got, err := identity.ParseNodeID(c.text); !errors.Is(err, identity.ErrNodeID) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func FuzzNodeIDIsStable(f *testing.F) {
	f.Add(anID(1))
	f.Add(strings.ToLower(anID(2)))
	f.Add("0181-ö\x00")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := identity.ParseNodeID(s)
		if err != nil {
			if id != "" || !errors.Is(err, identity.ErrNodeID) {
				t.Fatalf("%q with %v", id, err)
			}
			return
		}
		if again, err := identity.ParseNodeID(id); again != id || err != nil || len(id) != 63 {
			t.Fatalf("%q is not stable: %q, %v", id, again, err)
		}
	})
}
