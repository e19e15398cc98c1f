package state

import (
	"crypto/sha256"

	"github.com/ahsn-network/tracker/store/survey"
)

// How long, and how many, requests are remembered for their retries. The rows
// of one origin, not of all, so that no region can push out another's.
const (
	requestsKept     = 8192               // rows per origin
	requestBytesKept = 4 << 20            // of outcomes per origin
	requestAgeKept   = 30 * 24 * 3600_000 // milliseconds of the state's clock
)

// requestRow is a request and its outcomes. A retry gets the same outcomes, whichever node leads
// and whatever happened since.
type requestRow struct {
	Origin   survey.Region     `cbor:"1,keyasint"`
	Request  string            `cbor:"2,keyasint"`
	Hash     [sha256.Size]byte `cbor:"3,keyasint"`
	Outcomes []byte            `cbor:"4,keyasint"`
	Number   uint64            `cbor:"5,keyasint"` // of the row's last item
	At       int64             `cbor:"6,keyasint"`
}

// requestSums are the totals of one origin's remembered requests.
type requestSums struct {
	Origin survey.Region
	Rows   int
	Bytes  int
	Oldest int64 // At of the oldest
}

// full reports whether something must be forgotten.
func (l *requestSums) full(clock int64) bool {
	return l.Rows > 1 && (l.Rows > requestsKept || l.Bytes > requestBytesKept || clock-l.Oldest > requestAgeKept)
}

func requestKey(origin survey.Region, id string) string { return string(origin) + "\x00" + id }

// ageKey orders an origin's requests by age. A repeated proposal takes no number, so the request's
// id tells rows of one number apart.
func ageKey(r *requestRow) string { return requestKey(r.Origin, numberKey(r.Number)+r.Request) }

func (v View) request(origin survey.Region, id string) *requestRow {
	return first[requestRow](v.txn, tableRequests, byKey, requestKey(origin, id))
}

// Knows reports whether the region's request is remembered.
func (v View) Knows(region survey.Region, request string) bool {
	return v.request(region, request) != nil
}

// Remembered returns the outcomes of the row if it was decided already and is
// remembered, nil otherwise.
func (v View) Remembered(b *Body) []byte {
	kept := v.request(b.Origin, b.Request)
	if kept == nil || kept.Hash != b.payloadHash() {
		return nil
	}
	return kept.Outcomes
}

func (v View) sumsOf(origin survey.Region) requestSums {
	if l := first[requestSums](v.txn, tableRequestSums, byKey, string(origin)); l != nil {
		return *l
	}
	return requestSums{Origin: origin}
}

// remember keeps the outcomes of a request for its retries and forgets the
// origin's oldest ones beyond the bounds, by the state's clock.
func (w *entryWork) remember(r *requestRow) {
	// Stored once an entry and then counted in place.
	sums := w.requestSums[r.Origin]
	if sums == nil {
		kept := w.sumsOf(r.Origin)
		sums = &kept
		w.insert(tableRequestSums, sums)
		w.requestSums[r.Origin] = sums
	}

	w.insert(tableRequests, r)
	if sums.Rows == 0 {
		sums.Oldest = r.At
	}
	sums.Rows++
	sums.Bytes += len(r.Outcomes)

	if sums.full(w.federation.Clock) {
		w.forget(sums)
	}
}

// forget drops the origin's oldest requests while it has too many, too large or
// too old ones. The newest always stays.
func (w *entryWork) forget(sums *requestSums) {
	prefix := requestKey(sums.Origin, "")
	var old []*requestRow
	for r := range rowsFrom[requestRow](w.txn, tableRequests, byAge, prefix) {
		// The first row that stays sets it too.
		sums.Oldest = r.At
		if !sums.full(w.federation.Clock) {
			break
		}
		old = append(old, r)
		sums.Rows--
		sums.Bytes -= len(r.Outcomes)
	}

	// Removed after the visit, since both use the same index.
	for _, r := range old {
		w.remove(tableRequests, r)
	}
}
