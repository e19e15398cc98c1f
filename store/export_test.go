package store

import (
	"time"

	"github.com/ahsn-network/tracker/store/disk"
)

// On returns the options with the files on that disk.
func (o Options) On(d disk.Disk) Options {
	o.disk = d
	return o
}

// NoSync makes the store's writes skip fsync, for tests of many small steps.
// Call it before the first write.
func (s *Store) NoSync() { s.file.NoSync() }

// Free replaces what the disk says is free; ask again is at once.
func (s *Store) Free(bytes func() int64) {
	s.space.free = func(string) (int64, error) { return bytes(), nil }
	s.space.asked = time.Time{}
}
