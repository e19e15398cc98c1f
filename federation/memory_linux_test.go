package federation_test

import (
	"os"
	"syscall"
	"testing"
)

const memoryNeeded = 2 << 30 // bytes; fifteen nodes' files of one history take a tenth

// inMemory returns a directory whose files are flushed at no cost, if there is
// one with room. A history on fake time learns nothing from a disk, and fifteen
// nodes that share one spend most of their time waiting for it.
func inMemory(t *testing.T) string {
	t.Helper()
	var of syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &of); err != nil || of.Bavail*uint64(of.Bsize) < memoryNeeded {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "tracker-history-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the history's files: %v", err)
		}
	})
	return dir
}
