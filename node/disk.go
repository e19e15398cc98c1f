package node

import (
	"errors"
	"os"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/federation"
)

// Bounds of a disk that serves a node. A claim waits for a synced write at most of the nodes.
const (
	freeLeast   = 1 << 30 // bytes
	maxSyncTime = 50 * time.Millisecond
	syncTries   = 9
	syncedSize  = 4 << 10
)

// examineSync measures how long a synced write takes.
func examineSync(dir string) federation.Finding {
	const check = "disk sync"
	took, err := syncTime(dir)
	switch {
	case err != nil:
		return federation.Ill(check, "free the disk, or look at the system's log for its faults",
			"the directory cannot be written: %v", err)
	case took > maxSyncTime:
		return federation.Ill(check,
			"put the directory on a local solid-state disk; network drives and slow disks make everybody's claims wait",
			"a synced write takes %s, at most %s are well", took.Round(time.Millisecond), maxSyncTime)
	}
	return federation.Well(check, "a synced write takes %s", took.Round(10*time.Microsecond))
}

// syncTime returns the median of some synced writes.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())

	block := make([]byte, syncedSize)
	times := make([]time.Duration, syncTries)
	for i := range times {
		began := time.Now()
		_, err := f.WriteAt(block, 0)
		if err = errors.Join(err, f.Sync()); err != nil {
			return 0, errors.Join(err, f.Close())
		}
		times[i] = time.Since(began)
	}

	slices.Sort(times)
	return times[len(times)/2], f.Close()
}
