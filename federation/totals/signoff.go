package totals

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// notFinal is the survey.RefusedNotFinal of a campaign that is not closed, or whose close this
// node's records have not followed the registry to. Its detail is shown to people as it is.
func notFinal(format string, args ...any) error {
	return survey.Refuse(survey.RefusedNotFinal, "the figures are not final yet: "+format, args...)
}

// signoff does this region's part in certifying a revision.
type signoff struct {
	publisher *publisher
	tables    *tables
	summaries *heldSummaries
	evidence  *evidence
}

// FinalSummary returns the summary that this region signs off for the revision: its final signed
// one, packed. Once made it is always the same. For the first revision it has the figures that left
// at the close; for a later one a cell changes only if enough contributors changed since, else it
// keeps its former value and flag. A summary that was signed off already is returned again. It
// waits for the archive's disk, for no other node.
//
// It returns an error wrapping survey.RefusedNotFinal while the campaign is open or the records have not
// followed the registry to the moment at which the revision was opened: ask again a moment later.
// survey.ErrNotFound means that the revision was not opened.
func (s *signoff) FinalSummary(cycle survey.Cycle, revision int) ([]byte, error) {
	packed, err := s.finalSummary(cycle, revision)
	if err != nil {
		return nil, fmt.Errorf("final summary of %s for revision %d of %s: %w", s.self(), revision, cycle, err)
	}
	return packed, nil
}

func (s *signoff) finalSummary(cycle survey.Cycle, number int) ([]byte, error) {
	campaign, err := s.publisher.options.Registry.Campaign(cycle)
	if err != nil {
		return nil, err
	}
	if !closed(campaign) {
		return nil, notFinal("the survey is %s", campaign.State)
	}

	revision, err := s.tables.revision(cycle, number)
	if err != nil {
		return nil, err
	}
	// A signed-off summary never changes.
	if signed, err := s.signedOff(revision); signed != nil || err != nil {
		return signed, err
	}
	// Answers up to the opening of the revision belong to it.
	if cursor := s.publisher.options.Records.Cursor(); cursor < revision.Number {
		return nil, notFinal("this node has taken in %d of %d changes", cursor, revision.Number)
	}

	if err := s.publisher.writing.acquire(s.publisher.life); err != nil {
		return nil, err
	}
	defer s.publisher.writing.release()
	if _, err := s.publisher.publish(campaign, number); err != nil {
		if errors.Is(err, errBehind) {
			err = notFinal("this node has not taken in all changes up to the close")
		}
		return nil, err
	}

	final, signed, err := s.summaries.Held(s.self(), cycle)
	if err != nil {
		return nil, err
	}
	if final.Status != SummaryFinal || int(final.Revision) != number {
		return nil, notFinal("this node has already made the figures of revision %d", final.Revision)
	}
	if s.publisher.options.Announce != nil {
		s.publisher.options.Announce()
	}
	return pack(final, signed.Signature)
}

// signedOff returns this region's summary in the registry, nil if the region did not sign one off
// itself.
func (s *signoff) signedOff(r survey.Revision) ([]byte, error) {
	own := slices.ContainsFunc(r.Settled, func(settled survey.Settled) bool {
		return settled.Region == s.self() && settled.How == survey.SettledSigned
	})
	if !own {
		return nil, nil
	}
	return s.publisher.options.Revisions.SignedSummary(r.Cycle, r.Revision, s.self())
}

// ErrTwoSummaries: the region signed two different summaries with one number, so
// neither can stand for it.
var ErrTwoSummaries = errors.New("the region signed two different summaries with one number")

// LastSummary returns the newest signed summary of a region that this node holds, packed, which two
// other regions may let stand. It returns an error wrapping survey.ErrNotFound if there is none,
// and ErrTwoSummaries.
func (s *signoff) LastSummary(cycle survey.Cycle, region survey.Region) ([]byte, error) {
	last, signed, err := s.summaries.Held(region, cycle)
	if err != nil {
		return nil, err
	}
	hash := signed.Hash()
	if s.evidence.known(slot{region, cycle}, [8]byte(hash[:8])) {
		return nil, fmt.Errorf("last summary of %s for %s: %w, %d.%d: none of its figures can stand",
			region, cycle, ErrTwoSummaries, last.Incarnation, last.Sequence)
	}
	return pack(last, signed.Signature)
}

// CheckTable is the check that a region makes before it co-signs: it derives the
// table from the registry, and returns its hash if it finds no objection. The
// error wraps survey.RefusedNoTable and names the objection: a region that is not settled or
// whose summary does not verify, a revision before that is another one than
// certified, another region's co-signature on another table, or figures of
// this region that this node did not sign.
func (s *signoff) CheckTable(cycle survey.Cycle, revision int) ([32]byte, error) {
	d, err := s.tables.derive(cycle, revision)
	if err != nil {
		return [32]byte{}, fmt.Errorf("check the table: %w", err)
	}
	for _, check := range []func(*derivation) error{s.checkCoSigned, s.checkPrevious, s.checkOwn} {
		if err := check(d); err != nil {
			return [32]byte{}, fmt.Errorf("check the table of revision %d of %s: %w", revision, cycle, err)
		}
	}
	return d.hash, nil
}

// checkCoSigned objects if another region co-signed another table. This region's
// own co-signature may be replaced.
func (s *signoff) checkCoSigned(d *derivation) error {
	now, err := s.tables.revision(d.facts.revision.Cycle, d.facts.revision.Revision)
	if err != nil {
		return err
	}
	for _, c := range now.CoSigned {
		if c.Table != d.hash && c.Region != s.self() {
			return noTable("%s co-signed the table %.16s, but this node derives %.16s. "+
				"Compare the software versions and the definitions before you co-sign",
				c.Region.Name(), survey.Hex(c.Table), survey.Hex(d.hash))
		}
	}
	return nil
}

// checkPrevious objects if another revision before follows here.
func (s *signoff) checkPrevious(d *derivation) error {
	r := d.facts.revision
	if r.Revision == 0 {
		return nil
	}
	before, err := s.tables.derive(r.Cycle, r.Revision-1)
	if err != nil {
		return err
	}
	if before.hash != r.Previous {
		return noTable("the table of the revision before is %.16s here, but %.16s in the registry",
			survey.Hex(before.hash), survey.Hex(r.Previous))
	}
	return nil
}

// checkOwn objects if this node did not sign the figures of its region.
func (s *signoff) checkOwn(d *derivation) error {
	at := slices.Index(d.input.regions, s.self())
	if at < 0 || d.input.summaries[at] == nil {
		return nil // an observer, or absent: the others decided so
	}
	own := d.input.summaries[at]
	held, signed, err := s.summaries.Held(s.self(), own.summary.Cycle)
	if err != nil {
		return noTable("this node does not have the figures of the table for %s", s.self().Name())
	}

	same := held.Revision == own.summary.Revision && held.Status == own.summary.Status &&
		held.Incarnation == own.summary.Incarnation
	// A newer summary of this node is not an objection.
	if same && signed.Hash() != own.hash {
		return noTable("the figures of the table for %s are not those that this node signed", s.self().Name())
	}
	return nil
}

func (s *signoff) self() survey.Region { return s.publisher.roster.self }
