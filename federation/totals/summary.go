package totals

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	signingDomain = "tracker summary/1"
	summaryFormat = 1

	// MaxSummaryBytes bounds one signed summary.
	MaxSummaryBytes = 256 << 10

	maxCells   = 8192
	maxWord    = 48                      // bytes of a metric, key or version name
	maxValue   = 1_000_000_000_000_000   // £10 trillion in pence; a hundred regions of it fit int64
	maxCount   = 100_000_000             // organisations or answers
	maxAheadOf = 5 * time.Minute         // a signer's clock before ours
	latestTime = 253_402_300_799_000 - 1 // the last millisecond of the year 9999
)

// Status says whether a region may still change its figures for the cycle.
type SummaryStatus string

const (
	SummaryOpen  SummaryStatus = "open"
	SummaryFinal SummaryStatus = "final" // the campaign is closed
)

// Summary has one region's figures for one cycle, as the federation may see them: cells, never
// answers. A higher (Incarnation, Sequence) replaces a lower one. It is a closed structure without
// free text. Times are milliseconds since 1970 by the signer's clock.
type Summary struct {
	Format          uint8                 `cbor:"1,keyasint"`
	Federation      identity.FederationID `cbor:"2,keyasint"`
	Region          survey.Region         `cbor:"3,keyasint"`
	Cycle           survey.Cycle          `cbor:"4,keyasint"`
	Incarnation     uint64                `cbor:"5,keyasint"` // the member's generation
	Sequence        uint64                `cbor:"6,keyasint"`
	RegistryIndex   uint64                `cbor:"7,keyasint"` // registry number that the figures follow
	Questionnaire   string                `cbor:"8,keyasint"`
	Definitions     string                `cbor:"9,keyasint"`
	Policy          string                `cbor:"10,keyasint"`
	DictionaryHash  [32]byte              `cbor:"11,keyasint"` // of the definitions' content
	PolicyHash      [32]byte              `cbor:"12,keyasint"` // of the policy's content
	AsOf            int64                 `cbor:"13,keyasint"`
	Previous        [32]byte              `cbor:"14,keyasint"` // hash of the summary before, zero for the first
	AnswersIn       int64                 `cbor:"15,keyasint"` // complete answers that count
	AnswersReleased int64                 `cbor:"16,keyasint"` // of those, answers whose figures are in the cells
	ClaimsRoot      [32]byte              `cbor:"17,keyasint"` // of the claims counted: see claimsCounted
	ClaimsCount     int64                 `cbor:"18,keyasint"`
	Status          SummaryStatus         `cbor:"19,keyasint"`
	Cells           []survey.Cell         `cbor:"20,keyasint"`           // by metric, dimension, key
	Revision        uint32                `cbor:"21,keyasint,omitempty"` // of the figures; 0 until one was opened anew
}

func (s Summary) asOf() time.Time { return time.UnixMilli(s.AsOf).UTC() }

// Signed is a summary as it is sent and kept: its bytes and the region's signature over them.
// Anyone may pass it on.
type Signed struct {
	Bytes     []byte `cbor:"1,keyasint"`
	Signature []byte `cbor:"2,keyasint"`
}

// Hash returns the SHA-256 of the signed bytes.
func (s Signed) Hash() [32]byte { return sha256.Sum256(s.Bytes) }

// Encode returns the bytes in which a signed summary is sent and kept.
func (s Signed) Encode() ([]byte, error) { return encode(s) }

// ErrBadSummary: the signed summary is not valid. It is refused.
var ErrBadSummary = errors.New("summary refused")

// Sign sorts the cells, encodes the summary and signs it. It returns an error
// wrapping ErrBadSummary for one that the other nodes would refuse.
func Sign(key *identity.Key, s Summary) (Signed, error) {
	s.Format = summaryFormat
	s.Cells = slices.Clone(s.Cells)
	slices.SortFunc(s.Cells, compareCells)
	if s.Cells == nil {
		s.Cells = []survey.Cell{}
	}

	if err := s.check(); err != nil {
		return Signed{}, err
	}

	data, err := encode(s)
	if err != nil {
		return Signed{}, fmt.Errorf("sign summary: %w", err)
	}
	if len(data) > MaxSummaryBytes {
		return Signed{}, fmt.Errorf("%w: %d bytes", ErrBadSummary, len(data))
	}
	return Signed{Bytes: data, Signature: key.Sign(signingDomain, data)}, nil
}

// Verify returns the summary if it is one of this federation, of this member, signed with its
// current or a previous key, in the one form that Sign writes, with sane contents, and not later
// than now. Else it returns an error wrapping ErrBadSummary.
func Verify(signed Signed, federation identity.FederationID, member survey.Member, now time.Time) (Summary, error) {
	var s Summary
	if len(signed.Bytes) > MaxSummaryBytes {
		return s, fmt.Errorf("%w: %d bytes", ErrBadSummary, len(signed.Bytes))
	}
	if !signedBy(member, signed) {
		return s, fmt.Errorf("%w: not signed by %s", ErrBadSummary, member.Region)
	}

	if err := decode(signed.Bytes, &s); err != nil {
		return Summary{}, fmt.Errorf("%w: %w", ErrBadSummary, err)
	}
	if err := s.check(); err != nil {
		return Summary{}, err
	}

	switch {
	case s.Federation != federation:
		return Summary{}, fmt.Errorf("%w: of another federation", ErrBadSummary)
	case s.Region != member.Region:
		return Summary{}, fmt.Errorf("%w: of %s, signed by %s", ErrBadSummary, s.Region, member.Region)
	case s.asOf().After(now.Add(maxAheadOf)):
		return Summary{}, fmt.Errorf("%w: dated %s, which is in the future", ErrBadSummary,
			s.asOf().Format(time.RFC3339))
	}

	// There is one encoding.
	if again, err := encode(s); err != nil || !bytes.Equal(again, signed.Bytes) {
		return Summary{}, fmt.Errorf("%w: not in canonical form", ErrBadSummary)
	}
	return s, nil
}

func signedBy(member survey.Member, signed Signed) bool {
	if identity.Verify(member.Key, signingDomain, signed.Bytes, signed.Signature) {
		return true
	}
	for _, key := range member.PreviousKeys {
		if identity.Verify(key, signingDomain, signed.Bytes, signed.Signature) {
			return true
		}
	}
	return false
}

// check refuses contents that no honest node signs.
func (s Summary) check() error {
	cycle, err := survey.ParseCycle(string(s.Cycle))
	switch {
	case s.Format != summaryFormat:
		return fmt.Errorf("%w: format %d is not known here", ErrBadSummary, s.Format)
	case err != nil || cycle != s.Cycle:
		return fmt.Errorf("%w: not a cycle", ErrBadSummary)
	case !word(string(s.Region)) || !word(s.Questionnaire) || !word(s.Definitions) || !word(s.Policy):
		return fmt.Errorf("%w: not a name of a region, questionnaire, definitions or policy", ErrBadSummary)
	case s.Sequence == 0:
		return fmt.Errorf("%w: no sequence number", ErrBadSummary)
	case s.AsOf < 0 || s.AsOf > latestTime:
		return fmt.Errorf("%w: not a date", ErrBadSummary)
	case s.Status != SummaryOpen && s.Status != SummaryFinal:
		return fmt.Errorf("%w: not a status", ErrBadSummary)
	case s.AnswersIn < 0 || s.AnswersIn > maxCount || s.AnswersReleased < 0 || s.AnswersReleased > s.AnswersIn:
		return fmt.Errorf("%w: %d of %d answers", ErrBadSummary, s.AnswersReleased, s.AnswersIn)
	case s.ClaimsCount < 0 || s.ClaimsCount > maxCount:
		return fmt.Errorf("%w: %d claims", ErrBadSummary, s.ClaimsCount)
	case len(s.Cells) > maxCells:
		return fmt.Errorf("%w: %d cells", ErrBadSummary, len(s.Cells))
	}

	// One order of the cells, so that there is one encoding.
	for i, c := range s.Cells {
		if err := checkCell(c); err != nil {
			return err
		}
		if i > 0 && compareCells(s.Cells[i-1], c) >= 0 {
			return fmt.Errorf("%w: cells not in order, or twice the same", ErrBadSummary)
		}
	}
	return nil
}

func checkCell(c survey.Cell) error {
	declared := c.Dimension == "" && c.Key == "" || slices.Contains(survey.CellDimensions(), c.Dimension) && word(c.Key)
	switch {
	case !word(c.Metric) || !declared:
		return fmt.Errorf("%w: not a cell of the cube", ErrBadSummary)
	case c.Contributors < 0 || c.Contributors > maxCount || c.Value < 0 || c.Value > maxValue ||
		c.Flag > survey.CellMembers:
		return fmt.Errorf("%w: %s: value %d of %d", ErrBadSummary, c.Metric, c.Value, c.Contributors)
	case c.Contributors == 0 && c.Value != 0:
		return fmt.Errorf("%w: %s: a value of nobody", ErrBadSummary, c.Metric)
	}
	return nil
}

// word reports whether s is a name of the project's alphabet: no free text fits a summary.
func word(s string) bool {
	if s == "" || len(s) > maxWord {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '+' && c != '.' {
			return false
		}
	}
	return true
}

func compareCells(a, b survey.Cell) int {
	return cmp.Or(strings.Compare(a.Metric, b.Metric),
		strings.Compare(string(a.Dimension), string(b.Dimension)), strings.Compare(a.Key, b.Key))
}
