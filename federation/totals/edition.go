package totals

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// noTable is the survey.RefusedNoTable of a revision for which no national table
// follows from what the registry holds. The text says why, and of which region.
func noTable(format string, args ...any) error {
	return survey.Refuse(survey.RefusedNoTable, "no national table: "+format, args...)
}

// editionKey names one revision of one campaign's figures.
type editionKey struct {
	cycle    survey.Cycle
	revision int
}

// edition is one revision as the registry has it: what was settled of every
// region, and the table that follows. Nothing in it depends on the node, but
// for the software's own reading of the definitions.
type edition struct {
	facts   settledFacts
	input   *input
	table   Table
	bytes   []byte // of the table
	hash    [32]byte
	members []survey.Member // of the regions, in their order
}

// settledFacts are all that a table is made from.
type settledFacts struct {
	federation  identity.FederationID
	campaign    survey.Campaign
	revision    survey.Revision
	definitions survey.Definitions
	policy      disclosure.Policy
	packed      [][]byte // of the revision's regions in their order, nil if absent
}

// maxEditions bounds the certified revisions that are kept in memory.
const maxEditions = 64

// revision returns one revision of the cycle, or an error wrapping
// survey.ErrNotFound.
func (t *Totals) revision(cycle survey.Cycle, number int) (survey.Revision, error) {
	all, err := t.options.Facts.Revisions(cycle)
	if err != nil {
		return survey.Revision{}, fmt.Errorf("revisions of %s: %w", cycle, err)
	}
	for _, r := range all {
		if r.Revision == number {
			return r, nil
		}
	}
	return survey.Revision{}, fmt.Errorf("revision %d of %s: %w", number, cycle, survey.ErrNotFound)
}

// edition reads a revision from the registry alone.
func (t *Totals) edition(cycle survey.Cycle, number int) (*edition, error) {
	t.mu.Lock()
	known := t.editions[editionKey{cycle, number}]
	t.mu.Unlock()
	if known != nil {
		return known, nil
	}
	revision, err := t.revision(cycle, number)
	if err != nil {
		return nil, err
	}
	facts := settledFacts{federation: t.options.Federation, revision: revision}
	if facts.campaign, err = t.options.Facts.Campaign(cycle); err != nil {
		return nil, err
	}
	if facts.definitions, err = t.options.Editions.Definitions(facts.campaign.Definitions); err != nil {
		return nil, err
	}
	if facts.policy, err = disclosure.ByName(facts.campaign.Policy); err != nil {
		return nil, err
	}
	if err := t.gather(&facts); err != nil {
		return nil, fmt.Errorf("revision %d of %s: %w", number, cycle, err)
	}
	e, err := newEdition(facts, t.options.Facts.Members())
	if err == nil && t.options.Weakness.Table {
		err = e.misadd()
	}
	if err != nil {
		return nil, fmt.Errorf("revision %d of %s: %w", number, cycle, err)
	}
	if revision.State == survey.RevisionCertified {
		t.mu.Lock()
		if len(t.editions) < maxEditions {
			t.editions[editionKey{cycle, number}] = e
		}
		t.mu.Unlock()
	}
	return e, nil
}

// gather reads the settled summaries. It names every region that is not
// settled yet.
func (t *Totals) gather(facts *settledFacts) error {
	var missing []string
	for _, region := range facts.revision.Regions {
		settled, found := facts.settled(region)
		switch {
		case !found:
			missing = append(missing, string(region))
		case settled.How == survey.SettledAbsent:
			facts.packed = append(facts.packed, nil)
		default:
			packed, err := t.options.Facts.SignedSummary(facts.revision.Cycle, facts.revision.Revision, region)
			if err != nil {
				return noTable("the summary of %s: %v", region, err)
			}
			facts.packed = append(facts.packed, packed)
		}
	}
	if len(missing) > 0 {
		return noTable("not settled yet: %s. Each signs off, or two other regions let its last figures stand or go on without it",
			strings.Join(missing, ", "))
	}
	return nil
}

func (f *settledFacts) settled(region survey.Region) (survey.Settled, bool) {
	at := slices.IndexFunc(f.revision.Settled, func(s survey.Settled) bool { return s.Region == region })
	if at < 0 {
		return survey.Settled{}, false
	}
	return f.revision.Settled[at], true
}

// newEdition verifies what was settled and makes the table. It needs nothing
// but its arguments: a published file is read with it too.
func newEdition(facts settledFacts, members []survey.Member) (*edition, error) {
	e := &edition{facts: facts}
	dictionary, err := dictionaryHash(facts.definitions)
	if err != nil {
		return nil, err
	}
	e.input = &input{campaign: facts.campaign, definitions: facts.definitions, dictionary: dictionary,
		counts: facts.revision.Counts, regions: facts.revision.Regions, certified: true,
		summaries: make([]*held, len(facts.revision.Regions))}
	if len(facts.packed) != len(facts.revision.Regions) {
		return nil, noTable("%d summaries of %d regions", len(facts.packed), len(facts.revision.Regions))
	}
	for i, region := range facts.revision.Regions {
		at := slices.IndexFunc(members, func(m survey.Member) bool { return m.Region == region })
		if at < 0 {
			return nil, noTable("%s is not in the roster", region)
		}
		e.members = append(e.members, members[at])
		if facts.packed[i] == nil {
			continue
		}
		h, err := facts.open(region, facts.packed[i], members[at])
		if err == nil {
			if why := e.input.usable(h); why != "" {
				err = errors.New(why)
			}
		}
		if err != nil {
			return nil, noTable("the summary of %s: %v", region, err)
		}
		e.input.summaries[i] = h
	}
	if e.table, err = e.tabulate(); err != nil {
		return nil, err
	}
	if e.bytes, err = encode(e.table); err != nil {
		return nil, fmt.Errorf("encode the table: %w", err)
	}
	e.hash = sha256.Sum256(e.bytes)
	e.input.table = e.hash
	return e, nil
}

// open verifies one region's settled summary.
func (f *settledFacts) open(region survey.Region, packed []byte, member survey.Member) (*held, error) {
	settled, found := f.settled(region)
	if !found || sha256.Sum256(packed) != settled.Hash {
		return nil, fmt.Errorf("%w: it is not the one that was settled", ErrBadSummary)
	}
	unpacked, signed, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	// Its own time: what was settled does not depend on this node's clock.
	s, err := Verify(signed, f.federation, member, unpacked.asOf())
	if err != nil {
		return nil, err
	}
	switch {
	case s.Cycle != f.revision.Cycle:
		err = fmt.Errorf("%w: it is for %s", ErrBadSummary, s.Cycle)
	case s.PolicyHash != f.policy.Hash():
		err = fmt.Errorf("%w: it follows another disclosure policy", ErrBadSummary)
	case int(s.Revision) > f.revision.Revision:
		err = fmt.Errorf("%w: it is for revision %d", ErrBadSummary, s.Revision)
	case settled.How == survey.SettledStands: // whatever it signed last
	case int(s.Revision) != f.revision.Revision || s.Status != SummaryFinal:
		err = fmt.Errorf("%w: it is not the final one of this revision", ErrBadSummary)
	}
	if err != nil {
		return nil, err
	}
	return hold(s, signed), nil
}

// signer returns which of the member's keys signed the summary.
func signer(member survey.Member, signed Signed) []byte {
	for _, key := range append([]ed25519.PublicKey{member.Key}, member.PreviousKeys...) {
		if identity.Verify(key, signingDomain, signed.Bytes, signed.Signature) {
			return key
		}
	}
	return nil
}
