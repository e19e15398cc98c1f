package totals

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// notFinal is the survey.RefusedNotFinal of a campaign that is not closed, or
// whose close this node's records have not followed the registry to.
func notFinal(format string, args ...any) error {
	return survey.Refuse(survey.RefusedNotFinal, "the figures are not final yet: "+format, args...)
}

// FinalSummary returns what this region signs off for the revision: its final
// signed summary, packed. Once made it is always the same. For the first
// revision it is what left at the close; for a later one a cell changes only
// if enough contributors changed since, else it keeps its former value and
// flag. What was signed off already is returned again. It waits for the
// archive's disk, for no other node.
//
// It returns an error wrapping survey.RefusedNotFinal while the campaign is open or the
// records have not followed the registry to the moment at which the revision
// was opened: ask again a moment later. survey.ErrNotFound means that the
// revision was not opened.
func (t *Totals) FinalSummary(cycle survey.Cycle, revision int) ([]byte, error) {
	packed, err := t.finalSummary(t.ctx, cycle, revision)
	if err != nil {
		return nil, fmt.Errorf("final summary of %s for revision %d of %s: %w", t.options.Region, revision, cycle, err)
	}
	return packed, nil
}

func (t *Totals) finalSummary(ctx context.Context, cycle survey.Cycle, number int) ([]byte, error) {
	campaign, err := t.options.Facts.Campaign(cycle)
	if err != nil {
		return nil, err
	}
	if !closed(campaign) {
		return nil, notFinal("the campaign is %s", campaign.State)
	}
	revision, err := t.revision(cycle, number)
	if err != nil {
		return nil, err
	}
	if signed, err := t.signedOff(revision); signed != nil || err != nil {
		return signed, err
	}
	if cursor := t.options.Records.Cursor(); cursor < revision.Number {
		return nil, notFinal("%v: change %d of %d", errBehind, cursor, revision.Number)
	}
	if err := t.lock(ctx); err != nil {
		return nil, err
	}
	defer t.unlock()
	if _, err := t.publish(campaign, number); err != nil {
		if errors.Is(err, errBehind) {
			err = notFinal("%v", err)
		}
		return nil, err
	}
	s, signed, err := t.Held(t.options.Region, cycle)
	if err != nil {
		return nil, err
	}
	if s.Status != SummaryFinal || int(s.Revision) != number {
		return nil, notFinal("revision %d was cut already", s.Revision)
	}
	if t.options.Announce != nil {
		t.options.Announce()
	}
	return pack(s, signed.Signature)
}

// signedOff returns what the registry already has of this region, nil if
// nothing that it signed off itself.
func (t *Totals) signedOff(r survey.Revision) ([]byte, error) {
	own := slices.ContainsFunc(r.Settled, func(s survey.Settled) bool {
		return s.Region == t.options.Region && s.How == survey.SettledSigned
	})
	if !own {
		return nil, nil
	}
	return t.options.Facts.SignedSummary(r.Cycle, r.Revision, t.options.Region)
}

// ErrTwoSummaries: the region signed two different summaries with one number, so
// neither can stand for it.
var ErrTwoSummaries = errors.New("the region signed two different summaries with one number")

// LastSummary returns the newest signed summary of a region that this node
// holds, packed: what two other regions may let stand. It returns an error
// wrapping survey.ErrNotFound if there is none, and ErrTwoSummaries.
func (t *Totals) LastSummary(cycle survey.Cycle, region survey.Region) ([]byte, error) {
	s, signed, err := t.Held(region, cycle)
	if err != nil {
		return nil, err
	}
	hash := signed.Hash()
	t.mu.Lock()
	twice := t.conflicts[conflict{slot{region, cycle}, [8]byte(hash[:8])}]
	t.mu.Unlock()
	if twice {
		return nil, fmt.Errorf("last summary of %s for %s: %w, %d.%d: none of its figures can stand", region, cycle, ErrTwoSummaries, s.Incarnation, s.Sequence)
	}
	return pack(s, signed.Signature)
}

// CheckTable is what a region does before it co-signs: it derives the table
// from the registry, and returns its hash if nothing speaks against it. The
// error wraps survey.RefusedNoTable and says what does: a region that is not settled or
// whose summary does not verify, a revision before that is another one than
// certified, another region's co-signature on another table, or figures of
// this region that this node did not sign.
func (t *Totals) CheckTable(cycle survey.Cycle, revision int) ([32]byte, error) {
	e, err := t.edition(cycle, revision)
	if err != nil {
		return [32]byte{}, fmt.Errorf("check the table: %w", err)
	}
	if err := t.object(e); err != nil {
		return [32]byte{}, fmt.Errorf("check the table of revision %d of %s: %w", revision, cycle, err)
	}
	return e.hash, nil
}

// object says what speaks against co-signing.
func (t *Totals) object(e *edition) error {
	now, err := t.revision(e.facts.revision.Cycle, e.facts.revision.Revision)
	if err != nil {
		return err
	}
	for _, s := range now.CoSigned {
		if s.Table != e.hash && s.Region != t.options.Region { // its own is replaced
			return noTable("%s co-signed the table %.16s, here follows %.16s. Compare the software versions and the definitions before you co-sign",
				s.Region, hexOf(s.Table), hexOf(e.hash))
		}
	}
	if number := e.facts.revision.Revision; number > 0 {
		before, err := t.edition(e.facts.revision.Cycle, number-1)
		if err != nil {
			return err
		}
		if before.hash != e.facts.revision.Previous {
			return noTable("the revision before is %.16s here, the registry says %.16s", hexOf(before.hash), hexOf(e.facts.revision.Previous))
		}
	}
	at := slices.Index(e.input.regions, t.options.Region)
	if at < 0 || e.input.summaries[at] == nil {
		return nil // an observer, or absent: the others decided so
	}
	own := e.input.summaries[at]
	held, signed, err := t.Held(t.options.Region, own.summary.Cycle)
	switch {
	case err != nil:
		return noTable("this node does not know the figures that are in it for %s", t.options.Region)
	case held.Revision == own.summary.Revision && held.Status == own.summary.Status && held.Incarnation == own.summary.Incarnation && signed.Hash() != own.hash:
		return noTable("the figures in it for %s are not those that this node signed", t.options.Region)
	}
	return nil
}
