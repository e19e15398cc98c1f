package disktest_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/disk/disktest"
)

// exchange writes a file beside another and puts it in its place, leaving out
// one of the steps that make that last.
func exchange(t *testing.T, leftOut string) map[string]bool {
	t.Helper()
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "left")
	path, beside := filepath.Join(dir, "file"), filepath.Join(dir, "beside")
	was, is := strings.Repeat("a", 2000), strings.Repeat("b", 3000)
	if err := os.WriteFile(path, []byte(was), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := disktest.New(dir, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(beside)
	if err == nil {
		_, err = file.WriteString(is)
	}
	if err == nil && leftOut != "sync" {
		err = d.Sync(beside, file)
	}
	if err == nil {
		err = file.Close()
	}
	if err == nil {
		err = d.Rename(beside, path)
	}
	if err == nil && leftOut != "sync the directory" {
		err = d.SyncDir(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for range 100 {
		if err := d.Leave(to); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(to, "file"))
		switch {
		case err != nil:
			found["nothing"] = true
		case bytes.Equal(text, []byte(was)):
			found["old"] = true
		case bytes.Equal(text, []byte(is)):
			found["new"] = true
		default:
			found["torn"] = true
		}
	}
	return found
}

func TestWhatIsNotMadeDurableMayBeLost(t *testing.T) {
	if found := exchange(t, ""); len(found) != 1 || !found["new"] {
		t.Errorf("with everything made durable: %v", found)
	}
	if found := exchange(t, "sync"); !found["torn"] {
		t.Errorf("without waiting for the bytes: %v", found)
	}
	if found := exchange(t, "sync the directory"); len(found) != 2 || !found["old"] || !found["new"] {
		t.Errorf("without waiting for the name: %v", found)
	}
}
