package registry

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/hashicorp/go-memdb"

	"github.com/ahsn-network/tracker/store/survey"
)

// Tables of the state. Every row is immutable once inserted: a change inserts
// another. tallies and ledgers are derived from the others.
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
	tableLedgers       = "ledgers"
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
	byKey          = "id" // go-memdb's name for it
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

// keyed is an index over one byte string per row.
type keyed[T any] func(*T) []byte

func (key keyed[T]) FromObject(raw any) (bool, []byte, error) {
	row, ok := raw.(*T)
	if !ok {
		return false, nil, fmt.Errorf("index of %T given %T", row, raw)
	}
	return true, key(row), nil
}

func (key keyed[T]) FromArgs(args ...any) ([]byte, error) { return keyArgument(args) }

// multiKeyed is an index over several byte strings per row.
type multiKeyed[T any] func(*T) [][]byte

func (keys multiKeyed[T]) FromObject(raw any) (bool, [][]byte, error) {
	row, ok := raw.(*T)
	if !ok {
		return false, nil, fmt.Errorf("index of %T given %T", row, raw)
	}
	all := keys(row)
	return len(all) > 0, all, nil
}

func (keys multiKeyed[T]) FromArgs(args ...any) ([]byte, error) { return keyArgument(args) }

func keyArgument(args []any) ([]byte, error) {
	if len(args) == 1 {
		if key, ok := args[0].([]byte); ok {
			return key, nil
		}
	}
	return nil, fmt.Errorf("index needs one []byte, got %d arguments", len(args))
}

func table(name string, key memdb.Indexer, others ...*memdb.IndexSchema) *memdb.TableSchema {
	indexes := map[string]*memdb.IndexSchema{byKey: {Name: byKey, Unique: true, Indexer: key}}
	for _, other := range others {
		indexes[other.Name] = other
	}
	return &memdb.TableSchema{Name: name, Indexes: indexes}
}

func numberIndex(indexer memdb.Indexer) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: byNumber, Unique: true, Indexer: indexer}
}

func schema() *memdb.DBSchema {
	tables := map[string]*memdb.TableSchema{}
	for _, t := range []*memdb.TableSchema{
		table(tableFederation, keyed[federationRow](func(*federationRow) []byte { return []byte{0} })),
		table(tableMembers, keyed[survey.Member](func(m *survey.Member) []byte { return []byte(m.Region) })),
		table(tableOrganisations,
			keyed[organisationRow](func(o *organisationRow) []byte { return []byte(o.ID) }),
			numberIndex(keyed[organisationRow](func(o *organisationRow) []byte { return numberKey(o.Number) })),
			&memdb.IndexSchema{Name: byNameKey, AllowMissing: true, Indexer: multiKeyed[organisationRow](nameIndexKeys)},
			&memdb.IndexSchema{Name: byMerged, AllowMissing: true, Indexer: multiKeyed[organisationRow](mergedKey)}),
		table(tableIdentifiers, keyed[identifierRow](func(i *identifierRow) []byte { return []byte(i.Identifier) })),
		table(tableCampaigns,
			keyed[survey.Campaign](func(c *survey.Campaign) []byte { return []byte(c.Cycle) }),
			numberIndex(keyed[survey.Campaign](func(c *survey.Campaign) []byte { return numberKey(c.Version) }))),
		table(tableSupports, keyed[supportRow](func(s *supportRow) []byte { return cycleKey(s.Cycle, s.Organisation) })),
		table(tableClaims,
			keyed[claimRow](func(c *claimRow) []byte { return cycleKey(c.Claim.Cycle, c.Claim.Organisation) }),
			numberIndex(keyed[claimRow](func(c *claimRow) []byte { return numberKey(c.Number) }))),
		table(tableRequests,
			keyed[requestRow](func(r *requestRow) []byte { return requestKey(r.Origin, r.Request) }),
			&memdb.IndexSchema{Name: byAge, Unique: true, Indexer: keyed[requestRow](func(r *requestRow) []byte { return ageKey(r) })}),
		table(tableStandings, keyed[standingRow](func(s *standingRow) []byte { return []byte(s.Region) })),
		table(tableInvites, keyed[inviteRow](func(i *inviteRow) []byte { return i.Hash })),
		table(tableProposals, keyed[proposalRow](func(p *proposalRow) []byte { return numberKey(p.Number) })),
		table(tableRecoveries, keyed[survey.Recovery](func(r *survey.Recovery) []byte { return numberKey(r.Epoch) })),
		table(tableTallies, keyed[tallyRow](func(t *tallyRow) []byte { return []byte(t.Counts.Cycle) })),
		table(tableLedgers, keyed[ledgerRow](func(l *ledgerRow) []byte { return []byte(l.Origin) })),
		table(tableMerges, keyed[mergeRow](func(m *mergeRow) []byte { return []byte(m.From) })),
		table(tableEvents, keyed[eventRow](func(e *eventRow) []byte { return eventKey(e.Organisation, e.Number) })),
		table(tableRates, keyed[rateRow](func(r *rateRow) []byte { return []byte(r.Origin) })),
		table(tableRevisions, keyed[survey.Revision](func(r *survey.Revision) []byte { return revisionKey(r.Cycle, r.Revision) })),
		table(tableFinals, keyed[finalRow](func(f *finalRow) []byte { return finalKey(f.Cycle, f.Revision, f.Region) })),
		table(tableInnovations,
			keyed[survey.Innovation](func(i *survey.Innovation) []byte { return []byte(i.ID) }),
			&memdb.IndexSchema{Name: byOrganisation, Unique: true, Indexer: keyed[survey.Innovation](byOrganisationKey)}),
		table(tableTree, keyed[treeRow](func(*treeRow) []byte { return []byte{0} })),
	} {
		tables[t.Name] = t
	}
	return &memdb.DBSchema{Tables: tables}
}

func numberKey(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

func cycleKey(cycle survey.Cycle, id survey.Identifier) []byte {
	return []byte(string(cycle) + "\x00" + string(id))
}

// state is the registry as one replica knows it.
type state struct {
	db *memdb.MemDB
}

func newState() *state {
	db, err := memdb.NewMemDB(schema())
	if err != nil {
		panic(fmt.Sprintf("registry schema: %v", err))
	}
	return &state{db: db}
}

// view is one consistent reading of the state. It costs nothing and holds
// nothing back.
type view struct{ txn *memdb.Txn }

func (s *state) view() view { return view{s.db.Txn(false)} }

func (v view) federation() *federationRow {
	if f := first[federationRow](v.txn, tableFederation, byKey, []byte{0}); f != nil {
		return f
	}
	return &federationRow{}
}

func (v view) member(region survey.Region) *survey.Member {
	return first[survey.Member](v.txn, tableMembers, byKey, []byte(region))
}

func (v view) campaign(cycle survey.Cycle) *survey.Campaign {
	return first[survey.Campaign](v.txn, tableCampaigns, byKey, []byte(cycle))
}

// organisation finds an organisation by any identifier it has or had, or that
// what was merged into it has.
func (v view) organisation(id survey.Identifier) *organisationRow {
	return v.canonical(v.ownOrganisation(id))
}

func (v view) claim(cycle survey.Cycle, canonical survey.Identifier) *claimRow {
	return first[claimRow](v.txn, tableClaims, byKey, cycleKey(cycle, canonical))
}

func (v view) support(cycle survey.Cycle, canonical survey.Identifier) *supportRow {
	return first[supportRow](v.txn, tableSupports, byKey, cycleKey(cycle, canonical))
}

// first returns the row of the index that has the key, nil if there is none.
// An error of go-memdb means that schema and code disagree, which no input can
// bring about.
func first[T any](txn *memdb.Txn, table, index string, key []byte) *T {
	raw, err := txn.First(table, index, key)
	if err != nil {
		panic(fmt.Sprintf("registry state: read %s by %s: %v", table, index, err))
	}
	if raw == nil {
		return nil
	}
	return raw.(*T)
}

// from visits the rows of the index in rising order, from the key on, until
// visit returns false.
func from[T any](txn *memdb.Txn, table, index string, key []byte, visit func(*T) bool) {
	rows, err := txn.LowerBound(table, index, key)
	if err != nil {
		panic(fmt.Sprintf("registry state: read %s by %s: %v", table, index, err))
	}
	for raw := rows.Next(); raw != nil; raw = rows.Next() {
		if !visit(raw.(*T)) {
			return
		}
	}
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
