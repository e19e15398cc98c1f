package registry

import (
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

// Preview returns the outcomes that the organisations would have if the region
// added them now. Numbers in them are not the registry's.
func (s *State) Preview(region survey.Region, items []survey.NewOrganisation) []survey.Outcome {
	// A transaction on a snapshot: the state itself stays free to apply.
	txn := s.db.Try()
	defer txn.Abort()
	w := &work{View: View{txn}}
	w.federation = *w.View.federation()
	before := s.View()
	outcomes := make([]survey.Outcome, len(items))
	for i := range items {
		raw := cbor.RawMessage(Encode(items[i]))
		outcomes[i] = w.addOrganisation(region, raw)
		w.compare(&outcomes[i], before, raw)
	}
	return outcomes
}

// compare says what the item changed that anybody sees, and what of it was not
// taken.
func (w *work) compare(outcome *survey.Outcome, known View, raw cbor.RawMessage) {
	if outcome.Status != survey.OutcomeUpdated && outcome.Status != survey.OutcomeExists {
		return
	}
	row := known.organisation(outcome.ID)
	now := w.organisation(outcome.ID)
	var item survey.NewOrganisation
	if row == nil || now == nil || Decode(raw, &item) != nil {
		return // it is of this list
	}
	before, after := known.whole(row), w.whole(now)
	if alike(before, after) {
		outcome.Status = survey.OutcomeExists
	}
	outcome.Facts = factChanges(before, after, &item, row)
}

// alike reports whether both show the same, whenever it was learnt.
func alike(a, b survey.Organisation) bool {
	a.Version, b.Version = 0, 0
	return reflect.DeepEqual(a, b)
}
