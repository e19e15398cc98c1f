package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"filippo.io/age"

	"github.com/ahsn-network/tracker/node/backup"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// node makes a directory with records that hold a marker, and the keys.
func node(t *testing.T, keep int) (*backup.Service, string, []age.Identity) {
	t.Helper()
	dir := t.TempDir()
	records, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: "otv"})
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := survey.RecordTypeOf(survey.RecordNotes)
	r, _, _ := survey.ParseRecord(kind, "otv", []byte(`{"organisation": "GB-COH:99000001", "note": "MARKER"}`))
	r.ID = survey.RecordID(survey.RecordNotes, "1")
	if _, _, err := records.AddRecord(context.Background(), store.RecordWrite{Record: r, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "org.key")
	public, err := backup.NewKey(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{backup.RecipientsFile: public + "\n", "node.key": "KEY", "tracker.yaml": "region: otv\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	identities, err := backup.ReadIdentities(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	k, err := backup.Open(backup.Options{Dir: filepath.Join(dir, "backups"), Node: dir, Files: []string{"node.key", "tracker.yaml", "absent"}, Records: records, Region: "otv", Keep: keep, Every: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(k.Close(), records.Close()); err != nil {
			t.Error(err)
		}
	})
	return k, dir, identities
}

func TestABackupIsEncryptedProvedAndRestored(t *testing.T) {
	k, dir, identities := node(t, 3)
	ctx := context.Background()
	m, err := k.Now(ctx)
	if err != nil || len(m.Files) != 3 || m.Bytes == 0 {
		t.Fatalf("%+v %v", m, err)
	}
	path := filepath.Join(dir, "backups", m.Name)
	sealed, err := os.ReadFile(path)
	if err != nil || bytes.Contains(sealed, []byte("MARKER")) || bytes.Contains(sealed, []byte("KEY")) {
		t.Errorf("the backup can be read (%v)", err)
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "backups"))
	if len(entries) != 2 {
		t.Errorf("%v is left", entries)
	}
	if proved, err := backup.Verify(ctx, path, identities, t.TempDir()); err != nil || proved.Region != "otv" {
		t.Errorf("%+v %v", proved, err)
	}
	to := t.TempDir()
	if _, err := backup.Restore(ctx, path, identities, to, asItIs); err != nil {
		t.Fatal(err)
	}
	records, err := store.Open(store.Options{Path: filepath.Join(to, "records.db"), Region: "otv"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := records.Record(survey.RecordNotes, survey.RecordID(survey.RecordNotes, "1"))
	if err != nil || r.Text("note") != "MARKER" {
		t.Errorf("%+v %v", r, err)
	}
	if err := records.Close(); err != nil {
		t.Fatal(err)
	}
	if key, _ := os.ReadFile(filepath.Join(to, "node.key")); string(key) != "KEY" {
		t.Errorf("%q", key)
	}
	if _, err := backup.Restore(ctx, path, identities, to, asItIs); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("restoring over a node: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(to, ".restore-*")); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestDamagedBackupsTouchNothing(t *testing.T) {
	k, dir, identities := node(t, 3)
	m, err := k.Now(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "backups", m.Name))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, text := range map[string][]byte{"cut": whole[:len(whole)-100], "flipped": flipped, "empty": {}, "foreign": []byte("hello")} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		to := t.TempDir()
		if _, err := backup.Restore(context.Background(), path, identities, to, asItIs); !errors.Is(err, backup.ErrNotWhole) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadDir(to); len(left) != 0 {
			t.Errorf("%s: %v is left", name, left)
		}
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Verify(context.Background(), filepath.Join(dir, "backups", m.Name), []age.Identity{other}, t.TempDir()); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("another key: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, backup.RecipientsFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Now(context.Background()); !errors.Is(err, backup.ErrNoKey) || !strings.Contains(err.Error(), "tracker backup key") {
		t.Errorf("without a key: %v", err)
	}
}

// copies are empty records, for tests on fake time.
type copies struct{}

func (copies) Backup(_ context.Context, w io.Writer) (int64, error) {
	n, err := w.Write([]byte("copy"))
	return int64(n), err
}

func TestBackupsAreMadeByThemselvesAndRotated(t *testing.T) {
	public, err := backup.NewKey(filepath.Join(t.TempDir(), "org.key"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, backup.RecipientsFile), []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		k, err := backup.Open(backup.Options{Dir: filepath.Join(dir, "backups"), Node: dir, Records: copies{}, Region: "otv", Keep: 2})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(74 * time.Hour)
		synctest.Wait()
		list, err := k.List()
		if err != nil || len(list) != 2 || list[0].Made.Sub(list[1].Made) < 23*time.Hour {
			t.Errorf("%+v %v", list, err)
		}
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
}

// asItIs changes nothing.
func asItIs(string) error { return nil }
