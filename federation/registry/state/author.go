package state

import (
	"bytes"
	"crypto/ed25519"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// author returns the member that signed the row, or why there is none. Before
// the federation is founded only its founding row has an author: one of the
// members that it names.
func (w *entryWork) author(r Row, p *prepared) (*survey.Member, string) {
	b := &p.body
	if !ValidRequestID(b.Request, maxRowRequestID) {
		return nil, "a request id has 1 to 64 printable characters"
	}
	if r.batchSigned() && b.Version < levelBatch {
		return nil, "the row is not signed by itself, as one of its version is"
	}

	// The founding row itself names its possible signers.
	if !w.federation.founded() {
		founding, problem := readFounding(b)
		if problem != "" {
			return nil, problem
		}
		for i := range founding.Members {
			if m := &founding.Members[i]; m.Region == b.Origin && VerifyRow(m.Key, r) {
				return m, ""
			}
		}
		return nil, "the founding row is not signed by a member that it names"
	}

	member := w.Member(b.Origin)
	switch {
	case !bytes.Equal(b.Federation, w.federation.Federation):
		return nil, "the row belongs to another federation"
	case member == nil || member.State == survey.MemberRemoved:
		return nil, "the row's origin is not in the roster"
	case bytes.Equal(member.Key, p.key) && p.valid:
		return member, ""
	case !bytes.Equal(member.Key, p.key) && VerifyRow(member.Key, r):
		return member, "" // the key changed earlier in this entry
	}
	return nil, "the row is not signed by its origin"
}

// Acceptable refuses a row before it enters the log: a row of another origin than the peer that
// brought it, a row that no replica would accept, and a row that this version does not know, since
// it would stop every node of this version. valid is as for Apply. Errors wrap survey.ErrInvalid or
// survey.ErrForbidden.
func (v View) Acceptable(peer survey.Region, one Row, valid func(ed25519.PublicKey, Row) bool) error {
	body, upgrade, err := DecodeBody(one.Body)
	if err != nil || upgrade {
		return fmt.Errorf("%w: forwarded row: unknown to this version", survey.ErrInvalid)
	}

	// Only the offline tool writes a recovery, straight into the log.
	if body.Type == typeRecover {
		return fmt.Errorf("%w: forwarded row: a recovery is made offline only", survey.ErrForbidden)
	}
	if one.Size() > MaxEntryBytes-EntryOverhead {
		return fmt.Errorf("%w: forwarded row: too large", survey.ErrInvalid)
	}

	// Some voter's software would stop at it.
	if refusal := v.TooNew(&body); refusal != nil {
		return fmt.Errorf("%w: forwarded row: %w", survey.ErrInvalid, refusal)
	}

	member := v.Member(body.Origin)
	if body.Origin != peer || member == nil || one.batchSigned() && body.Version < levelBatch ||
		!valid(member.Key, one) {
		return fmt.Errorf("%w: forwarded row: not signed by %s", survey.ErrForbidden, peer)
	}
	return nil
}

// Signer returns the region's key, present or former, that signed the row; nil if none did.
func (v View) Signer(region survey.Region, r Row) ed25519.PublicKey {
	m := v.Member(region)
	if m == nil {
		return nil
	}
	for _, key := range append([]ed25519.PublicKey{m.Key}, m.PreviousKeys...) {
		if VerifyRow(key, r) {
			return key
		}
	}
	return nil
}
