package identity_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/federation/identity"
)

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.key")
	key, err := identity.Generate()
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := key.Save(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("saving over a key gives %v, want fs.ErrExist", err)
	}
	loaded, err := identity.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !loaded.Public().Equal(key.Public()) {
		t.Error("the loaded key is another one")
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := identity.Load(path); !errors.Is(err, identity.ErrKeyTooOpen) || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o gives %v, want ErrKeyTooOpen with the command that mends it", mode, err)
		}
	}
	if _, err := identity.Load(path + ".missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing key gives %v", err)
	}
	if err := os.WriteFile(path, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	os.Chmod(path, 0o600)
	if _, err := identity.Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged key gives %v, want an error that names the file", err)
	}
}

func TestSignaturesKeepToTheirDomain(t *testing.T) {
	key := identity.FromSeed([32]byte{1})
	signature := key.Sign("a", []byte("b"))
	if !identity.Verify(key.Public(), "a", []byte("b"), signature) {
		t.Error("a good signature is refused")
	}
	if identity.Verify(key.Public(), "b", []byte("b"), signature) || identity.Verify(key.Public(), "a", []byte("c"), signature) {
		t.Error("a signature holds for another domain or message")
	}
	if identity.Verify(identity.FromSeed([32]byte{2}).Public(), "a", []byte("b"), signature) || identity.Verify(nil, "a", []byte("b"), signature) {
		t.Error("a signature holds for another key")
	}
}

func TestNodeID(t *testing.T) {
	id := identity.NodeID(identity.FromSeed([32]byte{7}).Public())
	if len(id) != 56+7 || strings.Count(id, "-") != 7 {
		t.Fatalf("node id %q is not eight groups of seven", id)
	}
	typed := strings.NewReplacer("O", "0", "I", "1", "B", "8").Replace(strings.ToLower(strings.ReplaceAll(id, "-", " ")))
	if got, err := identity.ParseNodeID(strings.ToUpper(typed)); err != nil || got != id {
		t.Errorf("ParseNodeID(%q) = %q, %v", typed, got, err)
	}
	// Every single mistyped letter is noticed.
	for i, c := range id {
		if c == '-' {
			continue
		}
		for _, other := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" {
			if other == c {
				continue
			}
			if _, err := identity.ParseNodeID(id[:i] + string(other) + id[i+1:]); !errors.Is(err, identity.ErrNodeID) {
				t.Fatalf("letter %d mistyped as %c is not noticed: %v", i, other, err)
			}
		}
	}
}

func FuzzParseNodeID(f *testing.F) {
	f.Add(identity.NodeID(identity.FromSeed([32]byte{7}).Public()))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := identity.ParseNodeID(text)
		if err != nil {
			return
		}
		if again, err := identity.ParseNodeID(id); err != nil || again != id {
			t.Errorf("%q is not canonical: %q, %v", id, again, err)
		}
	})
}

func TestFederationID(t *testing.T) {
	id := identity.NewFederationID()
	if again, err := identity.ParseFederationID(id.String()); err != nil || again != id {
		t.Errorf("%s is read as %s, %v", id, again, err)
	}
	for _, bad := range []string{"", "00", id.String() + "00", "zz" + id.String()[2:]} {
		if _, err := identity.ParseFederationID(bad); err == nil {
			t.Errorf("%q is taken for a federation id", bad)
		}
	}
}
