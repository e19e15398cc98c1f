package identity_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/federation/identity"
)

func TestSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "node.key")
	key, err := identity.Generate()
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Save(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := identity.Load(path)
	if err != nil || !again.Public().Equal(key.Public()) {
		t.Errorf("another key came back: %v, %v", again, err)
	}
	if err := identity.FromSeed([32]byte{1}).Save(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second Save: %v", err)
	}
	if again, err = identity.Load(path); err != nil || !again.Public().Equal(key.Public()) {
		t.Errorf("the key was overwritten: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open.key")
	if err := identity.FromSeed([32]byte{1}).Save(open); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(open, mode); err != nil {
			t.Fatal(err)
		}
		_, err := identity.Load(open)
		if !errors.Is(err, identity.ErrKeyTooOpen) || !strings.Contains(err.Error(), "chmod 600 "+open) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if _, err := identity.Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for name, text := range map[string]string{
		"empty": "", "text": "hello",
		"other block": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"not a key":   "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if key, err := identity.Load(path); err == nil {
			t.Errorf("%s: loaded as %v", name, key)
		}
	}
}

func TestSignaturesAreForOneDomain(t *testing.T) {
	key, other := identity.FromSeed([32]byte{1}), identity.FromSeed([32]byte{2})
	message := []byte("row\n")
	signature := key.Sign("tracker-row-v1", message)
	if !identity.Verify(key.Public(), "tracker-row-v1", message, signature) {
		t.Error("own signature refused")
	}
	for name, ok := range map[string]bool{
		"another domain":  identity.Verify(key.Public(), "tracker-row-v2", message, signature),
		"another message": identity.Verify(key.Public(), "tracker-row-v1", []byte("row"), signature),
		"moved border":    identity.Verify(key.Public(), "tracker-row-v1\nrow", nil, signature),
		"another key":     identity.Verify(other.Public(), "tracker-row-v1", message, signature),
		"no key":          identity.Verify(nil, "tracker-row-v1", message, signature),
		"no signature":    identity.Verify(key.Public(), "tracker-row-v1", message, nil),
	} {
		if ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestKeyIsNeverPrinted(t *testing.T) {
	key := identity.FromSeed([32]byte{7})
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("opened", "key", key)
	want := identity.NodeID(key.Public())
	for _, text := range []string{fmt.Sprint(key), fmt.Sprintf("%+v", key), fmt.Sprintf("%#v", key)} {
		if text != want {
			t.Errorf("printed %s", text)
		}
	}
	if !strings.Contains(log.String(), "key="+want) {
		t.Errorf("logged %s", &log)
	}
}
