package state

import (
	"encoding/binary"
	"iter"
	"strings"
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

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// View is one consistent reading of the state. It costs nothing and holds
// nothing back.
type View struct{ txn *txn }

func (v View) federation() *federationRow {
	if f := first[federationRow](v.txn, tableFederation, byKey, onlyKey); f != nil {
		return f
	}
	return &federationRow{}
}

// Founded reports whether the founding row is applied.
func (v View) Founded() bool { return v.federation().founded() }

// Number returns the registry's own number of the last row or item.
func (v View) Number() uint64 { return v.federation().Number }

// Policy returns the disclosure policy of the founding.
func (v View) Policy() string { return v.federation().Policy }

// MaxVoters returns how many regions may vote, 0 for all.
func (v View) MaxVoters() int { return v.federation().MaxVoters }

// first returns the row of the index that has the key, nil if there is none.
func first[T any](txn *txn, table, index, key string) *T {
	if row := txn.First(table, index, key); row != nil {
		return row.(*T)
	}
	return nil
}

// rowsFrom returns the rows of the index in rising order, from the key on. A loop over them may change
// the table: it sees the rows as they were when it began.
func rowsFrom[T any](txn *txn, table, index, key string) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		txn.Ascend(table, index, key, func(_ string, row any) bool { return yield(row.(*T)) })
	}
}

// Reader answers questions about the registry as it is at the moment of each.
// It waits for nobody. All methods may be called at the same time.
type Reader struct{ now func() View }

// NewReader returns a reader of the views that now returns.
func NewReader(now func() View) Reader { return Reader{now} }

// The bytes of codes and numbers.
const (
	smallLetters = "abcdefghijklmnopqrstuvwxyz"
	digits       = "0123456789"
)

// only reports whether the text has no other bytes than those of the set.
func only(text, set string) bool { return strings.Trim(text, set) == "" }
