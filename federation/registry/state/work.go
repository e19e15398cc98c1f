package state

import "github.com/ahsn-network/tracker/store/survey"

// work is one entry being applied: a transaction that is committed as a whole.
type work struct {
	View
	federation federationRow
	tree       *Tree // nil where there is none
	body       *Body // being decided; nil in a preview
	guards     guards
	// Rows that this entry stored are changed in place: nobody else sees them before the commit.
	tallies     map[survey.Cycle]*tallyRow
	requestSums map[survey.Region]*requestSums
}

// The work on one entry is a tower of types: each decides about its noun and may use the decisions
// of the types below it, never of one above.
type (
	claimWork        struct{ work }             // claims, support and the eligible set
	organisationWork struct{ claimWork }        // organisations, their merges and innovations
	campaignWork     struct{ organisationWork } // campaigns and the revisions of their figures
	proposalWork     struct{ campaignWork }     // decisions of two regions
	rosterWork       struct{ proposalWork }     // the members, and the regions that they speak for
	entryWork        struct{ rosterWork }       // whole rows: authors, retries, the tree
)

// guards are safeguards of every decision. Only tests replace them, to see their use: faults.go.
type guards struct {
	decided func(View, *Body) *requestRow                  // the outcomes of a retry, nil for a new request
	token   func(survey.ClaimChange, *survey.Claim) uint64 // the token that a change of the claim must have
}

func everyGuard() guards {
	return guards{decided: func(v View, b *Body) *requestRow { return v.request(b.Origin, b.Request) },
		token: func(_ survey.ClaimChange, c *survey.Claim) uint64 { return c.Token }}
}

// next gives out the registry's next number.
func (w *work) next() uint64 {
	w.federation.Number++
	return w.federation.Number
}

// clock returns the state's clock in milliseconds. It never goes back, and it decides nothing about
// ownership.
func (w *work) clock() int64 { return w.federation.Clock }

// insert puts a row in the place of the one with the same key.
func (w *work) insert(table string, row any) { w.txn.Insert(table, row) }

func (w *work) remove(table string, row any) { w.txn.Delete(table, row) }

// refuseRow answers a whole row with one refusal.
func (w *work) refuseRow(code survey.RefusalCode, detail string) []survey.Outcome {
	return []survey.Outcome{Refused("", w.next(), code, detail)}
}

// answer answers a whole row with one outcome, under the next number.
func (w *work) answer(status survey.OutcomeStatus) []survey.Outcome {
	return []survey.Outcome{{Status: status, Number: w.next()}}
}

// Refused returns the outcome of a refused item.
func Refused(id survey.Identifier, number uint64, code survey.RefusalCode, detail string) survey.Outcome {
	return survey.Outcome{Status: survey.OutcomeRefused, ID: id, Number: number, Refusal: refuse(code, detail)}
}

// refuse returns a refusal that names nobody.
func refuse(code survey.RefusalCode, detail string) *survey.Refusal {
	return &survey.Refusal{Code: code, Detail: detail}
}

// note keeps an event of the row being decided; a preview has none.
func (w *work) note(e eventRow) {
	if w.body == nil {
		return
	}
	e.At, e.Region, e.Actor = w.clock(), w.body.Origin, w.body.Actor
	w.insert(tableEvents, &e)
}
