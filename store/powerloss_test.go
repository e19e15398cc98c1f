package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/disk/disktest"
)

// lossy is a store whose disk loses power at every moment of an exchange of
// its file.
type lossy struct {
	t            *testing.T
	disk         *disktest.Lossy
	path, to     string
	store        *store.Store
	registry     *registry
	acknowledged int      // steps
	moments      []moment // whose images are not opened yet
	losses       int
}

// moment is one loss of power, after so many acknowledged steps.
type moment struct {
	name         string
	acknowledged int
}

func newLossy(t *testing.T) *lossy {
	t.Helper()
	dir := t.TempDir()
	d, err := disktest.New(dir, chance(t))
	if err != nil {
		t.Fatal(err)
	}
	l := &lossy{t: t, disk: d, path: filepath.Join(dir, "records.db"), to: filepath.Join(t.TempDir(), "left"), registry: newRegistry()}
	l.open()
	return l
}

// open opens the records. They write into their file and wait for the disk
// without asking; the power stays on until they are open.
func (l *lossy) open() {
	l.t.Helper()
	l.disk.At = nil
	s, err := store.Open(store.Options{Path: l.path, Region: us}.On(l.disk))
	if err == nil {
		err = l.disk.MarkWritten()
	}
	if err != nil {
		l.t.Fatal(err)
	}
	l.store, l.disk.At = s, l.lose
}

// step does the next thing, which writes into the file alone and waits for the
// disk by itself.
func (l *lossy) step() {
	l.t.Helper()
	crashStep(l.t, l.store, l.registry, l.acknowledged, func() {})
	l.acknowledged++
	if err := l.disk.MarkWritten(); err != nil {
		l.t.Fatal(err)
	}
}

// lose keeps what a loss of power would leave now. It runs on the store's own
// goroutine, too.
func (l *lossy) lose(name string) {
	if err := l.disk.Leave(filepath.Join(l.to, strconv.Itoa(len(l.moments)))); err != nil {
		l.t.Error(err)
	}
	l.moments = append(l.moments, moment{name, l.acknowledged})
}

// left opens everything that was left since the last time.
func (l *lossy) left() {
	l.t.Helper()
	for i, m := range l.moments {
		dir := filepath.Join(l.to, strconv.Itoa(i))
		path := filepath.Join(dir, "records.db")
		if _, err := os.Stat(path); err != nil {
			l.t.Fatalf("%s: neither the old file nor the new one is left", m.name)
		}
		left, err := store.Open(store.Options{Path: path, Region: us})
		if err != nil {
			l.t.Fatalf("%s: %v", m.name, err)
		}
		crashLeft(l.t, left, m.acknowledged-1)
		if err := left.Close(); err != nil {
			l.t.Fatal(err)
		}
		if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
			l.t.Fatalf("%s: %v is left beside the records (%v)", m.name, names, err)
		}
	}
	l.losses += len(l.moments)
	l.moments = nil
}

// Compacting exchanges the file. Whenever the power goes, the old file or the
// new one is there, whole, and what was acknowledged is in it: also what was
// acknowledged after the exchange.
func TestPowerLossWhileCompacting(t *testing.T) {
	losses := 0
	l := newLossy(t)
	for losses+l.losses < *crashRounds {
		if l.acknowledged == crashesAFile {
			losses += l.losses
			if err := l.store.Close(); err != nil {
				t.Fatal(err)
			}
			l = newLossy(t)
		}
		l.step() // every fifth compacts
		l.lose("after a step")
		l.left()
		if _, err := l.store.Privacy().Compact(context.Background()); err != nil {
			t.Fatal(err)
		}
		l.lose("after compacting")
		l.left()
	}
	t.Logf("power was lost %d times", losses+l.losses)
	if err := l.store.Close(); err != nil {
		t.Fatal(err)
	}
}

// When the disk refuses one thing while the file is exchanged, nothing that is
// acknowledged afterwards may depend on it.
func TestAFailureWhileCompacting(t *testing.T) {
	for _, refused := range []string{"sync records.db.compact", "rename records.db.compact", "sync the directory"} {
		t.Run(strings.ReplaceAll(refused, " ", "_"), func(t *testing.T) {
			l := newLossy(t)
			for range 4 {
				l.step()
			}
			broken := errors.New("the disk is broken")
			l.disk.Fail = func(moment string) error {
				if moment == refused {
					return broken
				}
				return nil
			}
			if _, err := l.store.Privacy().Compact(context.Background()); !errors.Is(err, broken) {
				t.Fatalf("%v", err)
			}
			l.disk.Fail = nil
			err := l.store.AppendAudit(context.Background(), store.AuditEntry{Action: "test"})
			if unsure := refused == "sync the directory"; unsure != errors.Is(err, boltfile.ErrFailed) || !unsure && err != nil {
				t.Errorf("a write after it: %v", err)
			}
			if err := l.disk.MarkWritten(); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				l.lose("after " + refused + " was refused")
			}
			l.left()
			if err := l.store.Close(); err != nil {
				t.Fatal(err)
			}
			l.open()
			for range 4 {
				l.step()
				l.lose(fmt.Sprint("after step ", l.acknowledged))
				l.left()
			}
			if err := l.store.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
