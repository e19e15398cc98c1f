package registry

import (
	"crypto/ed25519"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// Acceptable refuses a row before it enters the log: one of another origin than
// the peer that brought it, one that no replica would accept, and one that this
// version does not know, because it would stop every node of this version.
// valid is as of Apply. Errors wrap survey.ErrInvalid or survey.ErrForbidden.
func (v View) Acceptable(peer survey.Region, one Row, valid func(ed25519.PublicKey, Row) bool) error {
	body, upgrade, err := DecodeBody(one.Body)
	if err != nil || upgrade {
		return fmt.Errorf("%w: forwarded row: unknown to this version", survey.ErrInvalid)
	}
	if body.Type == typeRecover {
		return fmt.Errorf("%w: forwarded row: a recovery is made offline only", survey.ErrForbidden)
	}
	if RowSize(one) > maxEntryBytes-entryOverhead {
		return fmt.Errorf("%w: forwarded row: too large", survey.ErrInvalid)
	}
	if refusal := v.tooNew(&body); refusal != nil {
		return fmt.Errorf("%w: forwarded row: %w", survey.ErrInvalid, refusal)
	}
	member := v.member(body.Origin)
	if body.Origin != peer || member == nil || one.together() && body.Version < levelTogether || !valid(member.Key, one) {
		return fmt.Errorf("%w: forwarded row: not signed by %s", survey.ErrForbidden, peer)
	}
	return nil
}
