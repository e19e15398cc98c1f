package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// AuditEntry is one line of the node's own audit log. Sequence counts from 1
// without gaps. Actor is the opaque number of the person or program, 0 for the
// node itself. Previous and Hash chain the entries: Hash is SHA-256 over the
// entry's other fields in deterministic CBOR, Previous included.
type AuditEntry struct {
	Sequence uint64    `json:"sequence" cbor:"1,keyasint"`
	At       time.Time `json:"at" cbor:"2,keyasint"`
	Actor    uint64    `json:"actor" cbor:"3,keyasint"`
	Action   string    `json:"action" cbor:"4,keyasint"`
	Object   string    `json:"object" cbor:"5,keyasint"`
	Outcome  string    `json:"outcome" cbor:"6,keyasint"`
	Previous []byte    `json:"previous" cbor:"7,keyasint"`
	Hash     []byte    `json:"hash" cbor:"8,keyasint"`
}

// auditHead repeats the newest entry's number and hash, so that a truncated log is noticed.
type auditHead struct {
	Sequence uint64 `cbor:"1,keyasint"`
	Hash     []byte `cbor:"2,keyasint"`
}

// maxAuditText bounds each text of an entry.
const maxAuditText = 1024

func auditHash(file *boltfile.File, e AuditEntry) ([]byte, error) {
	e.Hash = nil
	body, err := file.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode the audit entry: %w", err)
	}
	hash := sha256.Sum256(body)
	return hash[:], nil
}

// audit appends an entry in the same transaction as the change that it describes.
func (t *txn) audit(e AuditEntry) error {
	var head auditHead
	if _, err := t.Get(boltfile.Meta, []byte(metaAudit), &head); err != nil {
		return err
	}

	// Numbers without gaps show a missing entry.
	e.Sequence = head.Sequence + 1
	e.At = e.At.UTC().Round(0)
	e.Previous = head.Hash

	// The hash covers the hash of the entry before, so that no entry can be changed alone.
	hash, err := auditHash(t.store.file, e)
	if err != nil {
		return err
	}
	e.Hash = hash

	if err := t.Put(auditBucket, boltfile.NumberKey(e.Sequence), e); err != nil {
		return err
	}
	return t.Put(boltfile.Meta, []byte(metaAudit), auditHead{Sequence: e.Sequence, Hash: hash})
}

// auditChange appends an entry about a change that the transaction makes.
func (t *txn) auditChange(on occasion, action, object, outcome string) error {
	return t.audit(AuditEntry{At: on.at, Actor: on.actor, Action: action, Object: object, Outcome: outcome})
}

// AppendAudit adds an entry for something that is recorded elsewhere: a claim, a login. Sequence,
// Previous and Hash are filled in; an At of zero means now. It must hold no names, contacts or
// answers. It returns survey.ErrInvalid for a text of more than 1024 bytes.
func (s *Store) AppendAudit(ctx context.Context, e AuditEntry) error {
	e, err := e.checked()
	if err == nil {
		err = s.write(ctx, func(t *txn) error { return t.audit(e) })
	}
	return explain(err, "audit %s", e.Action)
}

// checked returns the entry with the time filled in.
func (e AuditEntry) checked() (AuditEntry, error) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if max(len(e.Action), len(e.Object), len(e.Outcome)) > maxAuditText {
		e.Action = e.Action[:min(len(e.Action), 64)] // as the error names it
		return e, fmt.Errorf("%w: a text is longer than %d bytes", survey.ErrInvalid, maxAuditText)
	}
	return e, nil
}

// Audit returns up to limit entries (at most 1000) after the given sequence number, oldest first.
// Give next as after to get the next page; it is 0 at the end. It waits up to 5 s for the entries of
// [Store.QueueAudit]; those that cannot be written now are missing, and [Store.AuditQueued] counts
// them.
func (s *Store) Audit(after uint64, limit int) (entries []AuditEntry, next uint64, err error) {
	s.audits.flushBeforeRead(context.Background())
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}
	err = s.view(func(t *txn) error {
		return t.EachFrom(auditBucket, "", string(boltfile.NumberKey(after+1)), func(key, value []byte) (bool, error) {
			if len(entries) == limit {
				next = entries[limit-1].Sequence
				return false, nil
			}
			var e AuditEntry
			err := t.Open(auditBucket, key, value, &e)
			entries = append(entries, e)
			return true, err
		})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the audit log: %w", err)
	}
	return entries, next, nil
}

// auditChain checks one entry after the other.
type auditChain struct {
	file *boltfile.File
	head auditHead
}

// follow checks the entry as the next of the chain. It returns the defect in words, "" for none.
func (c *auditChain) follow(key []byte, e AuditEntry) (string, error) {
	hash, err := auditHash(c.file, e)
	if err != nil {
		return "", err
	}

	wrong := ""
	switch {
	case len(key) != 8 || binary.BigEndian.Uint64(key) != e.Sequence:
		wrong = "it stands at another number than its own"
	case e.Sequence != c.head.Sequence+1:
		wrong = fmt.Sprintf("it follows number %d", c.head.Sequence)
	case !bytes.Equal(e.Previous, c.head.Hash):
		wrong = "it does not continue the chain"
	case !bytes.Equal(e.Hash, hash):
		wrong = "its hash is not that of its text"
	}

	c.head = auditHead{Sequence: e.Sequence, Hash: e.Hash}
	return wrong, nil
}
