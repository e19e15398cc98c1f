package totals

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// noTable is the survey.RefusedNoTable of a revision for which no national table follows from the
// registry's data. Its detail is shown to people as it is, so it calls regions by their names.
func noTable(format string, args ...any) error {
	return survey.Refuse(survey.RefusedNoTable, format, args...)
}

// revisionKey names one revision of one campaign's figures.
type revisionKey struct {
	cycle    survey.Cycle
	revision int
}

// derivation is one revision in the registry: the settled summaries of all
// regions, and the table that follows from them. It is the same at every node
// whose software reads the definitions in the same way.
type derivation struct {
	facts   settledFacts
	input   *input
	table   Table
	bytes   []byte // of the table
	hash    [32]byte
	members []survey.Member // of the regions, in their order
}

// tables derives the national tables of revisions.
type tables struct {
	options  Options
	problems *problems

	mu        sync.Mutex
	certified map[revisionKey]*derivation
}

// settledFacts has all data from which a table is made.
type settledFacts struct {
	federation  identity.FederationID
	campaign    survey.Campaign
	revision    survey.Revision
	definitions survey.Definitions
	policy      disclosure.Policy
	packed      [][]byte // of the revision's regions in their order, nil if absent
}

// maxDerivations bounds the certified revisions that are kept in memory.
const maxDerivations = 64

// revision returns one revision of the cycle, or an error wrapping
// survey.ErrNotFound.
func (t *tables) revision(cycle survey.Cycle, number int) (survey.Revision, error) {
	all, err := t.options.Revisions.Revisions(cycle)
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

// certifiedRevision returns the certified revision with the number, nil meaning
// the newest. It returns an error wrapping survey.ErrNotFound if there is none.
func (t *tables) certifiedRevision(cycle survey.Cycle, asked *int) (survey.Revision, error) {
	all, err := t.options.Revisions.Revisions(cycle)
	if err != nil {
		return survey.Revision{}, fmt.Errorf("totals of %s: %w", cycle, err)
	}

	// The newest revision is the last one.
	for _, r := range slices.Backward(all) {
		switch {
		case asked != nil && r.Revision == *asked && r.State != survey.RevisionCertified:
			return survey.Revision{}, fmt.Errorf("totals of %s: revision %d is %s, not certified yet: %w",
				cycle, r.Revision, r.State, survey.ErrNotFound)
		case r.State == survey.RevisionCertified && (asked == nil || r.Revision == *asked):
			return r, nil
		}
	}

	if asked != nil {
		return survey.Revision{}, fmt.Errorf("totals of %s: there is no revision %d: %w", cycle, *asked,
			survey.ErrNotFound)
	}
	return survey.Revision{}, fmt.Errorf("totals of %s: nothing is certified for this cycle yet: %w", cycle,
		survey.ErrNotFound)
}

// derive reads a revision from the registry alone and derives its table. Those of
// certified revisions are kept in memory.
func (t *tables) derive(cycle survey.Cycle, number int) (*derivation, error) {
	key := revisionKey{cycle, number}
	t.mu.Lock()
	known := t.certified[key]
	t.mu.Unlock()
	if known != nil {
		return known, nil
	}

	revision, err := t.revision(cycle, number)
	if err != nil {
		return nil, err
	}
	facts := settledFacts{federation: t.options.Federation, revision: revision}
	if facts.campaign, err = t.options.Registry.Campaign(cycle); err != nil {
		return nil, err
	}
	if facts.definitions, err = t.options.Editions.Definitions(facts.campaign.Definitions); err != nil {
		return nil, err
	}
	if facts.policy, err = disclosure.ByName(facts.campaign.Policy); err != nil {
		return nil, err
	}

	// Everything below follows from these facts.
	var d *derivation
	if err = t.gather(&facts); err == nil {
		d, err = newDerivation(facts, t.options.Registry.Members())
	}
	if err == nil {
		err = t.options.Faults.derived(d)
	}
	if err != nil {
		return nil, fmt.Errorf("revision %d of %s: %w", number, cycle, err)
	}

	// Another revision may still change.
	if revision.State == survey.RevisionCertified {
		t.mu.Lock()
		defer t.mu.Unlock()
		if len(t.certified) < maxDerivations {
			t.certified[key] = d
		}
	}
	return d, nil
}

// verified derives the table of a certified revision. It raises an alarm and
// returns an error wrapping survey.RefusedNoTable if another table was certified.
func (t *tables) verified(revision survey.Revision) (*derivation, error) {
	d, err := t.derive(revision.Cycle, revision.Revision)
	if err != nil {
		return nil, err
	}
	if d.hash != revision.Table {
		err := noTable("the registry's data gives the table %s here, but the table %s was certified",
			survey.Hex(d.hash), survey.Hex(revision.Table))
		t.problems.report(problemTable, Problem{Region: t.options.Region, Cycle: revision.Cycle, Alarm: true,
			Text: fmt.Sprintf("totals of %s: %v", revision.Cycle, err)})
		return nil, err
	}
	return d, nil
}

// gather reads the settled summaries. If regions are not settled yet, it names all of them.
func (t *tables) gather(facts *settledFacts) error {
	for _, region := range facts.revision.Regions {
		settled, found := facts.settled(region)
		switch {
		case !found:
			// Named below, with all others that are missing.
		case settled.How == survey.SettledAbsent:
			facts.packed = append(facts.packed, nil)
		default:
			packed, err := t.options.Revisions.SignedSummary(facts.revision.Cycle, facts.revision.Revision, region)
			if err != nil {
				return noTable("the signed figures of %s cannot be used: %v", region.Name(), err)
			}
			facts.packed = append(facts.packed, packed)
		}
	}

	if missing := facts.revision.Missing(); len(missing) > 0 {
		names := make([]string, len(missing))
		for i, region := range missing {
			names[i] = region.Name()
		}
		return noTable("there is no sign-off yet of %s. Each signs off, "+
			"or two others let its last figures stand or go on without it", survey.List(names))
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

// newDerivation verifies the settled summaries and makes the table. It needs
// nothing but its arguments: a published file is read with it too.
func newDerivation(facts settledFacts, members []survey.Member) (*derivation, error) {
	d := &derivation{facts: facts}
	dictionary, err := dictionaryHash(facts.definitions)
	if err != nil {
		return nil, err
	}

	regions := facts.revision.Regions
	d.input = &input{campaign: facts.campaign, definitions: facts.definitions, dictionary: dictionary,
		counts: facts.revision.Counts, regions: regions, certified: true, summaries: make([]*held, len(regions))}
	if len(facts.packed) != len(regions) {
		return nil, noTable("there are %d signed summaries of %d regions", len(facts.packed), len(regions))
	}

	for i, region := range regions {
		at := slices.IndexFunc(members, func(m survey.Member) bool { return m.Region == region })
		if at < 0 {
			return nil, noTable("%s is not in the roster", region.Name())
		}
		d.members = append(d.members, members[at])
		if facts.packed[i] == nil {
			continue
		}

		// A settled summary must verify and add up with the others.
		h, err := facts.open(region, facts.packed[i], members[at])
		if err == nil {
			if why := d.input.usable(h); why != "" {
				err = errors.New(why)
			}
		}
		if err != nil {
			return nil, noTable("the signed figures of %s cannot be used: %v", region.Name(), err)
		}
		d.input.summaries[i] = h
	}

	if d.table, err = d.tabulate(); err != nil {
		return nil, err
	}
	if d.bytes, err = encode(d.table); err != nil {
		return nil, fmt.Errorf("encode the table: %w", err)
	}
	d.hash = sha256.Sum256(d.bytes)
	d.input.table = d.hash
	return d, nil
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

	// It is verified at its own time: settled summaries do not depend on this node's clock.
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
	// It may be any summary that the region signed.
	case settled.How == survey.SettledStands:
	case int(s.Revision) != f.revision.Revision || s.Status != SummaryFinal:
		err = fmt.Errorf("%w: it is not the final one of this revision", ErrBadSummary)
	}

	if err != nil {
		return nil, err
	}
	return hold(s, signed), nil
}

// signer returns the member's key that signed the summary.
func signer(member survey.Member, signed Signed) []byte {
	for _, key := range append([]ed25519.PublicKey{member.Key}, member.PreviousKeys...) {
		if identity.Verify(key, signingDomain, signed.Bytes, signed.Signature) {
			return key
		}
	}
	return nil
}
