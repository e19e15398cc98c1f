package state

import (
	"encoding/binary"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Tables of the state. Every row is immutable once inserted: a change inserts
// another. tallies and request sums are derived from the others.
const (
	tableFederation    = "federation"
	tableMembers       = "members"
	tableOrganisations = "organisations"
	tableIdentifiers   = "identifiers"
	tableCampaigns     = "campaigns"
	tableSupports      = "supports"
	tableClaims        = "claims"
	tableRequests      = "requests"
	tableStandings     = "standings"
	tableInvites       = "invites"
	tableProposals     = "proposals"
	tableRecoveries    = "recoveries"
	tableTallies       = "tallies"
	tableRequestSums   = "request sums"
	tableTree          = "tree"
	tableMerges        = "merges"
	tableEvents        = "events"
	tableRates         = "rates"
	tableRevisions     = "revisions"
	tableFinals        = "finals"
	tableInnovations   = "innovations"
)

// Indexes other than the key.
const (
	byKey          = "key"
	byNumber       = "number"
	byNameKey      = "namekey"
	byAge          = "age"
	byMerged       = "merged"
	byOrganisation = "organisation"
)

// federationRow is the one row about the whole. Number is the registry's own
// number of the last row or item; Clock the state's clock in milliseconds.
type federationRow struct {
	Federation []byte `cbor:"1,keyasint"`
	Policy     string `cbor:"2,keyasint"`
	Number     uint64 `cbor:"3,keyasint"`
	Clock      int64  `cbor:"4,keyasint"`
	Epoch      uint64 `cbor:"5,keyasint,omitempty"` // recoveries from a lost quorum so far
	MaxVoters  int    `cbor:"6,keyasint,omitempty"` // 0: every region votes
	Level      uint16 `cbor:"7,keyasint,omitempty"` // the feature level; 0 is levelFirst
	SoloSteps  bool   `cbor:"8,keyasint,omitempty"` // campaign steps need no second region
}

func (f *federationRow) founded() bool { return len(f.Federation) > 0 }

// identifierRow says which organisation an identifier belongs to.
type identifierRow struct {
	Identifier   survey.Identifier `cbor:"1,keyasint"`
	Organisation survey.Identifier `cbor:"2,keyasint"`
}

// supportRow makes an organisation one of the eligible set of a cycle: which
// regions supported it, if any, and else how it came in.
type supportRow struct {
	Cycle        survey.Cycle          `cbor:"1,keyasint"`
	Organisation survey.Identifier     `cbor:"2,keyasint"`
	Regions      []survey.Region       `cbor:"3,keyasint"`
	Source       survey.EligibleSource `cbor:"4,keyasint,omitempty"` // how it came in first
	Added        int64                 `cbor:"5,keyasint,omitempty"` // milliseconds of the state's clock
	Number       uint64                `cbor:"6,keyasint,omitempty"` // of the item that put it in
	Last         *lastTime             `cbor:"7,keyasint,omitempty"` // what is known from the campaign before
}

// claimRow is a claim with the number of the item that last changed anything
// about it. A request by another region changes the claim but not its token:
// else any region could make the holder's token stale.
type claimRow struct {
	Claim  survey.Claim `cbor:"1,keyasint"`
	Number uint64       `cbor:"2,keyasint"`
	At     int64        `cbor:"3,keyasint"`
	Steps  []claimStep  `cbor:"4,keyasint,omitempty"` // how it came to be so; from levelNational on
}

// keyed makes the key of a table, or of an index, of a row of the table.
func keyed[T any](key func(*T) string) func(any) string {
	return func(row any) string { return key(row.(*T)) }
}

// one makes an index of which every row has one key.
func one[T any](name string, unique bool, key func(*T) string) indexSchema {
	return indexSchema{name: name, unique: unique, keys: func(row any) []string { return []string{key(row.(*T))} }}
}

// several makes an index of which a row has any number of keys.
func several[T any](name string, keys func(*T) []string) indexSchema {
	return indexSchema{name: name, keys: func(row any) []string { return keys(row.(*T)) }}
}

func table(name string, key func(any) string, others ...indexSchema) tableSchema {
	return tableSchema{name: name, key: key, others: others}
}

func schema() []tableSchema {
	return []tableSchema{
		table(tableFederation, keyed(func(*federationRow) string { return onlyKey })),
		table(tableMembers, keyed(func(m *survey.Member) string { return string(m.Region) })),
		table(tableOrganisations, keyed(func(o *OrganisationRow) string { return string(o.ID) }),
			one(byNumber, true, func(o *OrganisationRow) string { return numberKey(o.Number) }),
			several(byNameKey, nameIndexKeys),
			several(byMerged, mergedKey)),
		table(tableIdentifiers, keyed(func(i *identifierRow) string { return string(i.Identifier) })),
		table(tableCampaigns, keyed(func(c *survey.Campaign) string { return string(c.Cycle) }),
			one(byNumber, true, func(c *survey.Campaign) string { return numberKey(c.Version) })),
		table(tableSupports, keyed(func(s *supportRow) string { return cycleKey(s.Cycle, s.Organisation) })),
		table(tableClaims, keyed(func(c *claimRow) string { return cycleKey(c.Claim.Cycle, c.Claim.Organisation) }),
			one(byNumber, true, func(c *claimRow) string { return numberKey(c.Number) })),
		table(tableRequests, keyed(func(r *requestRow) string { return requestKey(r.Origin, r.Request) }),
			one(byAge, true, ageKey)),
		table(tableStandings, keyed(func(s *standingRow) string { return string(s.Region) })),
		table(tableInvites, keyed(func(i *inviteRow) string { return string(i.Hash) })),
		table(tableProposals, keyed(func(p *proposalRow) string { return numberKey(p.Number) })),
		table(tableRecoveries, keyed(func(r *survey.Recovery) string { return numberKey(r.Epoch) })),
		table(tableTallies, keyed(func(t *tallyRow) string { return string(t.Counts.Cycle) })),
		table(tableRequestSums, keyed(func(l *requestSums) string { return string(l.Origin) })),
		table(tableMerges, keyed(func(m *mergeRow) string { return string(m.From) })),
		table(tableEvents, keyed(func(e *eventRow) string { return eventKey(e.Organisation, e.Number) })),
		table(tableRates, keyed(func(r *rateRow) string { return string(r.Origin) })),
		table(tableRevisions, keyed(func(r *survey.Revision) string { return revisionKey(r.Cycle, r.Revision) })),
		table(tableFinals, keyed(func(f *finalRow) string { return finalKey(f.Cycle, f.Revision, f.Region) })),
		table(tableInnovations, keyed(func(i *survey.Innovation) string { return string(i.ID) }),
			one(byOrganisation, true, byOrganisationKey)),
		table(tableTree, keyed(func(*Tree) string { return onlyKey })),
	}
}

// onlyKey is that of a table's only row.
const onlyKey = "\x00"

func numberKey(number uint64) string {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], number)
	return string(key[:])
}

func cycleKey(cycle survey.Cycle, id survey.Identifier) string {
	return string(cycle) + "\x00" + string(id)
}

// State is the registry as one replica knows it.
type State struct{ db *database }

func NewState() *State { return &State{db: newDatabase(schema())} }

// View is one consistent reading of the state. It costs nothing and holds
// nothing back.
type View struct{ txn *txn }

func (s *State) View() View { return View{s.db.Read()} }

func (v View) federation() *federationRow {
	if f := first[federationRow](v.txn, tableFederation, byKey, onlyKey); f != nil {
		return f
	}
	return &federationRow{}
}

// Founded reports whether the founding row is applied.
func (v View) Founded() bool { return v.federation().founded() }

// Number is the registry's own number of the last row or item.
func (v View) Number() uint64 { return v.federation().Number }

// Policy is what the federation was founded with.
func (v View) Policy() string { return v.federation().Policy }

// MaxVoters is how many regions may vote, 0 for all.
func (v View) MaxVoters() int { return v.federation().MaxVoters }

func (v View) Member(region survey.Region) *survey.Member {
	return first[survey.Member](v.txn, tableMembers, byKey, string(region))
}

func (v View) campaign(cycle survey.Cycle) *survey.Campaign {
	return first[survey.Campaign](v.txn, tableCampaigns, byKey, string(cycle))
}

// organisation finds an organisation by any identifier it has or had, or that
// what was merged into it has.
func (v View) organisation(id survey.Identifier) *OrganisationRow {
	return v.canonical(v.ownOrganisation(id))
}

// Canonical returns the id of the organisation that has, or had, the identifier
// or that it was merged into; "" if there is none.
func (v View) Canonical(id survey.Identifier) survey.Identifier {
	if o := v.organisation(id); o != nil {
		return o.ID
	}
	return ""
}

// Token returns the token of the claim on the organisation, also of one that
// was given up; 0 if it was never claimed.
func (v View) Token(cycle survey.Cycle, canonical survey.Identifier) uint64 {
	if c := v.claim(cycle, canonical); c != nil {
		return c.Claim.Token
	}
	return 0
}

func (v View) claim(cycle survey.Cycle, canonical survey.Identifier) *claimRow {
	return first[claimRow](v.txn, tableClaims, byKey, cycleKey(cycle, canonical))
}

func (v View) support(cycle survey.Cycle, canonical survey.Identifier) *supportRow {
	return first[supportRow](v.txn, tableSupports, byKey, cycleKey(cycle, canonical))
}

// first returns the row of the index that has the key, nil if there is none.
func first[T any](txn *txn, table, index, key string) *T {
	if row := txn.First(table, index, key); row != nil {
		return row.(*T)
	}
	return nil
}

// from visits the rows of the index in rising order, from the key on, until
// visit returns false.
func from[T any](txn *txn, table, index, key string, visit func(*T) bool) {
	txn.Ascend(table, index, key, func(_ string, row any) bool { return visit(row.(*T)) })
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
