package state

import (
	"github.com/ahsn-network/tracker/store/survey"
)

// keyed makes the key of a table, or of an index, of a row of the table.
func keyed[T any](key func(*T) string) func(any) string {
	return func(row any) string { return key(row.(*T)) }
}

// one makes an index in which every row has one key.
func one[T any](name string, unique bool, key func(*T) string) indexSchema {
	return indexSchema{name: name, unique: unique, keys: func(row any) []string { return []string{key(row.(*T))} }}
}

// several makes an index in which a row has any number of keys.
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

// State is the registry as one replica knows it.
type State struct{ db *database }

// NewState returns an empty state.
func NewState() *State { return &State{db: newDatabase(schema())} }

// View returns the state as it is now.
func (s *State) View() View { return View{s.db.Read()} }
