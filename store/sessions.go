package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

const sessionsBucket bucketName = "sessions"

const (
	sessionsFormat = 1
	// An unchanged session is written again only when its expiry moved by
	// this much: otherwise every page would cost a write to the disk.
	sessionGrain = time.Minute
	// sweepEvery is how many commits lie between two sweeps of what expired.
	sweepEvery      = 256
	maxSessionBytes = 64 << 10
)

type sessionRecord struct {
	Data    []byte    `cbor:"1,keyasint"`
	Expires time.Time `cbor:"2,keyasint"`
}

// Sessions keep who is signed in, in a file of their own: they are worth
// nothing in a backup, and losing them only asks people to sign in again. The
// keys are what the session manager hands in, which hashes its tokens. All
// methods are safe for concurrent use; Commit and Delete are durable when they
// return.
type Sessions struct {
	file    *file
	mu      sync.Mutex
	commits int
}

// OpenSessions opens the file, or makes it with mode 0600. A file that is
// damaged is replaced by an empty one, with a warning in the log.
func OpenSessions(path string, logger *slog.Logger) (*Sessions, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	options := fileOptions{Path: path, Want: formatRecord{Version: sessionsFormat, Kind: "sessions"}, Buckets: []bucketName{sessionsBucket}, Logger: logger}
	f, err := openFile(options)
	if errors.Is(err, ErrDamaged) {
		logger.Warn("the sessions file is damaged: it is replaced, people sign in again", "file", path, "error", err)
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace the sessions: %w", err)
		}
		f, err = openFile(options)
	}
	if err != nil {
		return nil, err
	}
	return &Sessions{file: f}, nil
}

// Close closes the file.
func (s *Sessions) Close() error {
	if err := s.file.db.Close(); err != nil {
		return fmt.Errorf("close %s: %w", s.file.path, err)
	}
	return nil
}

func (s *Sessions) get(tx *bbolt.Tx, key []byte) (sessionRecord, bool, error) {
	var r sessionRecord
	data := tx.Bucket([]byte(sessionsBucket)).Get(key)
	if data == nil {
		return r, false, nil
	}
	if err := s.file.codec.open(sessionsBucket, key, data, &r); err != nil {
		return r, false, damaged(s.file.path, err.Error())
	}
	return r, true, nil
}

// Find returns the session's data, false if there is none or it has expired.
func (s *Sessions) Find(token string) (data []byte, found bool, err error) {
	if token == "" {
		return nil, false, nil
	}
	err = s.file.view(func(tx *bbolt.Tx) error {
		r, ok, err := s.get(tx, []byte(token))
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

// Commit keeps the session until it expires.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	if len(data) > maxSessionBytes {
		return fmt.Errorf("keep a session: it is larger than %d bytes", maxSessionBytes)
	}
	same := false
	err := s.file.view(func(tx *bbolt.Tx) error {
		r, ok, err := s.get(tx, []byte(token))
		moved := expiry.Sub(r.Expires)
		same = ok && bytes.Equal(r.Data, data) && moved >= 0 && moved < sessionGrain
		return err
	})
	if err != nil || same {
		return err
	}
	err = s.update(func(tx *bbolt.Tx) error {
		sealed, err := s.file.codec.seal(sessionsBucket, []byte(token), sessionRecord{Data: data, Expires: expiry.UTC().Round(0)})
		if err != nil {
			return err
		}
		return tx.Bucket([]byte(sessionsBucket)).Put([]byte(token), sealed)
	})
	if err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

// Delete ends the session; an unknown one is ended already.
func (s *Sessions) Delete(token string) error {
	err := s.update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(sessionsBucket)).Delete([]byte(token)) })
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// update runs do in a write transaction, and sweeps now and then.
func (s *Sessions) update(do func(*bbolt.Tx) error) error {
	s.mu.Lock()
	s.commits++
	sweep := s.commits%sweepEvery == 1
	s.mu.Unlock()
	return closedError(s.file.db.Update(func(tx *bbolt.Tx) error {
		if sweep {
			if err := s.sweep(tx); err != nil {
				return err
			}
		}
		return do(tx)
	}))
}

// sweep deletes what expired. Only people who signed in have sessions, so
// there are few.
func (s *Sessions) sweep(tx *bbolt.Tx) error {
	now := time.Now()
	bucket := tx.Bucket([]byte(sessionsBucket))
	var old [][]byte
	err := bucket.ForEach(func(key, data []byte) error {
		var r sessionRecord
		if err := s.file.codec.open(sessionsBucket, key, data, &r); err != nil || !now.Before(r.Expires) {
			old = append(old, bytes.Clone(key))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range old {
		if err := bucket.Delete(key); err != nil {
			return err
		}
	}
	return nil
}
