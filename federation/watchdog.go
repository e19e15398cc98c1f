package federation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ahsn-network/tracker/federation/registry"
)

// Bounds of a disk that does not answer. Raft's leader goes on with its
// heartbeats while its disk hangs, so nobody else is elected and no claim gets
// on (hashicorp/raft issue 503).
const (
	diskCheck   = time.Second
	diskHandOff = 3 * time.Second  // then another node may lead
	diskGiveUp  = 15 * time.Second // then the process ends
)

// ErrDiskHangs is yielded by Failed when the disk has not answered for so long that the process
// must end. Closing would wait for the disk, too.
var ErrDiskHangs = errors.New("the disk does not answer")

// ErrDiskFails is yielded by Failed when the registry's log could not be written: the node must
// stop before its copy differs from the others'.
var ErrDiskFails = errors.New("the registry's log cannot be written")

// Failed yields why this node must stop.
func (f *Federation) Failed() <-chan error { return f.failed }

func (f *Federation) fail(why error) {
	select {
	case f.failed <- why:
	default:
	}
}

// watchdog watches a leader's disk.
type watchdog struct {
	leads func() bool
	sync  func() error // one synced write; it blocks while the disk hangs
	hush  func(bool)   // makes the other nodes hear nothing of raft from here, or again
	fail  func(error)
}

// run ends with ctx, or when it has failed. A write that hangs outlives it.
func (w *watchdog) run(ctx context.Context) {
	ticker := time.NewTicker(diskCheck)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if w.leads() && !w.watch(ctx) {
			return
		}
	}
}

// watch makes one write and waits for it. It reports whether to go on.
func (w *watchdog) watch(ctx context.Context) bool {
	done := make(chan error, 1)

	// A write that hangs cannot be stopped: its goroutine is left behind.
	go func() { done <- w.sync() }()
	handOff, giveUp := time.NewTimer(diskHandOff), time.NewTimer(diskGiveUp)
	defer handOff.Stop()
	defer giveUp.Stop()

	for {
		select {
		case err := <-done:
			if err != nil {
				w.fail(fmt.Errorf("%w: %w", ErrDiskFails, err))
				return false
			}
			w.hush(false)
			return true
		case <-handOff.C:
			w.hush(true)
		case <-giveUp.C:
			w.fail(fmt.Errorf("%w: nothing was written for %s", ErrDiskHangs, diskGiveUp))
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// watchDisk runs the watchdog of this node.
func (f *Federation) watchDisk(ctx context.Context) {
	hushed := false
	w := &watchdog{
		leads: func() bool { return f.registry.Status().Leader == f.options.Region },
		sync:  func() error { return syncedWrite(filepath.Join(f.options.Dir, "disk.watch")) },
		hush: func(on bool) {
			if f.port == nil || hushed == on {
				return
			}
			hushed = on
			if on {
				f.log.Error("the disk hangs: this node falls silent, so that another one leads", "after", diskHandOff)
				f.port.Disable(registry.Protocol)
			} else {
				f.log.Warn("the disk answers again")
				f.port.Enable(registry.Protocol)
			}
		},
		fail: f.fail,
	}
	w.run(ctx)
}

func syncedWrite(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte{'\n'}, 0)
	return errors.Join(err, file.Sync(), file.Close())
}
