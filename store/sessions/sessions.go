// Package sessions keeps the sessions of signed-in people in a file of its own.
//
// Imports store/boltfile.
package sessions

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
)

const bucket boltfile.Bucket = "sessions"

const (
	format = 1
	// An unchanged session is written again only when its expiry has moved by this much; otherwise
	// every page would cost a write to the disk.
	expiryGrain = time.Minute
	// sweepEvery is the number of commits between two deletions of expired sessions.
	sweepEvery      = 256
	maxSessionBytes = 64 << 10
)

type record struct {
	Data    []byte    `cbor:"1,keyasint"`
	Expires time.Time `cbor:"2,keyasint"`
}

// Sessions keeps the sessions of signed-in people in a file of its own: a backup of them is worth
// nothing, and losing them only makes people sign in again. The session manager hashes its tokens
// and passes the hashes as keys. All methods are safe for concurrent use; Commit and Delete are
// durable when they return.
type Sessions struct {
	file    *boltfile.File
	mu      sync.Mutex
	commits int
}

// Open opens the file, or creates it with mode 0600. It replaces a damaged file by an empty one,
// with a warning in the log.
func Open(path string, logger *slog.Logger) (*Sessions, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	options := boltfile.Options{Path: path, Format: boltfile.Format{Version: format, Kind: "sessions"},
		Buckets: []boltfile.Bucket{bucket}, Logger: logger}

	// Nothing in it is worth a repair.
	f, err := boltfile.Open(options)
	if errors.Is(err, boltfile.ErrDamaged) {
		logger.Warn("the sessions file is damaged and is replaced; people must sign in again",
			"file", path, "error", err)
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace the sessions: %w", err)
		}
		f, err = boltfile.Open(options)
	}

	if err != nil {
		return nil, err
	}
	return &Sessions{file: f}, nil
}

// Close closes the file.
func (s *Sessions) Close() error { return s.file.Close() }

// Find returns the session's data. It reports false if there is none or it has expired.
func (s *Sessions) Find(token string) (data []byte, found bool, err error) {
	if token == "" {
		return nil, false, nil
	}
	err = s.file.View(func(t *boltfile.Tx) error {
		var r record
		ok, err := t.Get(bucket, []byte(token), &r)
		if ok && time.Now().Before(r.Expires) {
			data, found = r.Data, true
		}
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("find a session: %w", err)
	}
	return data, found, nil
}

// Commit keeps the session until it expires. It returns an error for more than 64 KiB of data.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	if len(data) > maxSessionBytes {
		return fmt.Errorf("keep a session: it is larger than %d bytes", maxSessionBytes)
	}

	// A read first: most pages change nothing.
	same := false
	err := s.file.View(func(t *boltfile.Tx) error {
		var r record
		ok, err := t.Get(bucket, []byte(token), &r)
		moved := expiry.Sub(r.Expires)
		same = ok && bytes.Equal(r.Data, data) && moved >= 0 && moved < expiryGrain
		return err
	})
	if err != nil || same {
		return err
	}

	err = s.update(func(t *boltfile.Tx) error {
		return t.Put(bucket, []byte(token), record{Data: data, Expires: expiry.UTC().Round(0)})
	})
	if err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

// Delete ends the session; ending an unknown one does nothing.
func (s *Sessions) Delete(token string) error {
	err := s.update(func(t *boltfile.Tx) error { return t.Delete(bucket, []byte(token)) })
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// update runs do in a write transaction, and deletes expired sessions now and then.
func (s *Sessions) update(do func(*boltfile.Tx) error) error {
	s.mu.Lock()
	s.commits++
	due := s.commits%sweepEvery == 1
	s.mu.Unlock()

	return s.file.Update(func(t *boltfile.Tx) error {
		if due {
			if err := sweep(t); err != nil {
				return err
			}
		}
		return do(t)
	})
}

// sweep deletes expired and unreadable sessions. Only signed-in people have sessions, so there are
// few.
func sweep(t *boltfile.Tx) error {
	now := time.Now()
	_, err := t.DeleteEach(bucket, "", func(key, data []byte) (bool, error) {
		var r record
		err := t.Open(bucket, key, data, &r)
		return err != nil || !now.Before(r.Expires), nil
	})
	return err
}
