package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Watermarks are limits of the free space on the disk, in bytes. Below Warn the log warns; below
// Refuse writes fail with survey.ErrStorageFull, while reads, exports and backups to elsewhere go
// on. Writes are accepted again once there is space. Zero values take the defaults; a negative
// Refuse never refuses.
type Watermarks struct {
	Warn   int64
	Refuse int64
}

const (
	defaultWarn   = 1 << 30
	defaultRefuse = 64 << 20
	// spaceEvery is the shortest time between two queries of the disk.
	spaceEvery = time.Second
)

func (w Watermarks) orDefault() Watermarks {
	if w.Warn == 0 {
		w.Warn = defaultWarn
	}
	if w.Refuse == 0 {
		w.Refuse = defaultRefuse
	}
	return w
}

// space caches the free space. Only the writer's goroutine uses it.
type space struct {
	dir    string
	marks  Watermarks
	free   func(dir string) (int64, error)
	asked  time.Time
	last   atomic.Int64
	warned bool
	logger *slog.Logger
}

func newSpace(path string, marks Watermarks, logger *slog.Logger) *space {
	return &space{dir: filepath.Dir(path), marks: marks.orDefault(), free: freeBytes, logger: logger}
}

// check returns survey.ErrStorageFull below the Refuse watermark. If the disk does not tell its
// free space, the write goes on: on a full disk the commit itself fails.
func (s *space) check(now time.Time) error {
	if s.marks.Refuse < 0 {
		return nil
	}

	// A clock that was set back asks again at once.
	if now.Sub(s.asked) >= spaceEvery || now.Before(s.asked) {
		free, err := s.free(s.dir)
		if err != nil {
			return nil
		}
		s.asked = now
		s.last.Store(free)
		s.warn(free)
	}

	if free := s.last.Load(); free < s.marks.Refuse {
		return fmt.Errorf("%w: nothing was recorded: %d MB are free in %s, %d are needed",
			survey.ErrStorageFull, free>>20, s.dir, s.marks.Refuse>>20)
	}
	return nil
}

// warn logs once that space runs short, and once that there is enough again.
func (s *space) warn(free int64) {
	low := free < s.marks.Warn
	switch {
	case low && !s.warned:
		s.logger.Warn("the disk becomes full", "directory", s.dir, "free", free, "refusing_below", s.marks.Refuse)
	case !low && s.warned:
		s.logger.Info("there is space on the disk again", "directory", s.dir, "free", free)
	}
	s.warned = low
}
