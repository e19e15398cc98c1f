package state

import (
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	grantsPerHour = 6000     // of one region, except in a federation with the policy open
	hour          = 3600_000 // milliseconds
	policyOpen    = "open"   // the policy of demos and trials
)

// rateRow counts the claims that a region was granted in one hour of the
// state's clock.
type rateRow struct {
	Origin  survey.Region `cbor:"1,keyasint"`
	Hour    int64         `cbor:"2,keyasint"`
	Granted int           `cbor:"3,keyasint"`
}

// grants returns how many claims the region was granted in this hour of the state's clock.
func (w *claimWork) grants(region survey.Region) rateRow {
	now := rateRow{Origin: region, Hour: w.clock() / hour}
	if r := first[rateRow](w.txn, tableRates, byKey, string(region)); r != nil && r.Hour == now.Hour {
		now.Granted = r.Granted
	}
	return now
}

// overLimit reports whether the region has had all its claims of this hour. A region that claims
// every company is stopped before the others have looked.
func (w *claimWork) overLimit(region survey.Region) bool {
	return w.federation.Policy != policyOpen && w.grants(region).Granted >= grantsPerHour
}

// countGrant counts one more claim that the region is granted.
func (w *claimWork) countGrant(region survey.Region) {
	if w.federation.Policy == policyOpen {
		return
	}
	granted := w.grants(region)
	granted.Granted++
	w.insert(tableRates, &granted)
}
