package totals

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	publishedFormat   = "tracker-published/2"
	publishedFormat1  = "tracker-published/1" // every summary is whole
	maxPublishedBytes = 8 << 20

	// publishedAnchor belongs to the format: another text is another format.
	publishedAnchor = "Everything in this file follows from the bytes in it, but for whom to believe. Compare the federation id, " +
		"and the node ids of the regions and of the co-signing regions, with a list that you did not get with this file, " +
		"and see that more than half of the regions with a voice co-signed."
)

// ErrPublished refuses a file that proves nothing; its text gives the reason.
var ErrPublished = errors.New("this published table proves nothing")

// Published is one certified national table as a file that can be verified without a node, by
// anybody who has a list of the regions' keys. It has every region's signed summary, the decisions
// about regions that did not sign, the registry's counts, the co-signatures with their receipts,
// the definitions and the policy. Figures are the nation's headline ones, in plain numbers; all
// others follow from the summaries too. Hashes are hex, times have milliseconds, amounts the
// metrics' units.
type Published struct {
	Format        string                `json:"published"`
	Anchor        string                `json:"trust"`
	Federation    identity.FederationID `json:"federation_id"`
	Cycle         survey.Cycle          `json:"cycle"`
	Revision      int                   `json:"revision"`
	Reason        survey.ReasonCode     `json:"reason"`
	Previous      string                `json:"previous_table"`
	Table         string                `json:"table"`
	Number        uint64                `json:"number"`
	OpenedAt      time.Time             `json:"opened_at"`
	Needed        int                   `json:"cosignatures_needed"`
	Figures       []PublishedFigure     `json:"figures"`
	Answers       int64                 `json:"answers"`
	Difference    int64                 `json:"responded_less_answers"`
	Counts        survey.CampaignCounts `json:"counts"`
	Names         []byte                `json:"names,omitempty"` // of the Named summaries; none once it is verified
	Regions       []PublishedRegion     `json:"regions"`
	CoSigned      []PublishedCoSigned   `json:"cosigned"`
	Questionnaire string                `json:"questionnaire"`
	Definitions   survey.Definitions    `json:"definitions"`
	Policy        disclosure.Policy     `json:"policy"`

	derivation *derivation
}

// PublishedFigure is one stored headline metric over the nation. Upper is null if the whole has no
// upper bound.
type PublishedFigure struct {
	Metric       string      `json:"metric"`
	Unit         survey.Unit `json:"unit"`
	Value        int64       `json:"value"`
	Contributors int64       `json:"contributors"`
	Exact        bool        `json:"exact"`
	Lower        int64       `json:"lower"`
	Upper        *int64      `json:"upper"`
}

// PublishedRegion is the settled summary of one region. Key signed it; both are empty if the region
// is absent.
type PublishedRegion struct {
	Region     survey.Region     `json:"region"`
	How        survey.SettledHow `json:"how"`
	Reason     survey.ReasonCode `json:"reason"`
	By         survey.Region     `json:"by"`
	EndorsedBy survey.Region     `json:"endorsed_by"`
	Number     uint64            `json:"number"`
	At         time.Time         `json:"at"`
	NodeID     string            `json:"node_id"`
	Key        ed25519.PublicKey `json:"key"`
	Summary    []byte            `json:"summary"`
	Named      bool              `json:"named,omitempty"` // in the file its names are the file's
}

// PublishedCoSigned is one co-signature: the receipt proves that the region
// signed the table's hash with Key, under the registry's number.
type PublishedCoSigned struct {
	Region  survey.Region     `json:"region"`
	Number  uint64            `json:"number"`
	NodeID  string            `json:"node_id"`
	Key     ed25519.PublicKey `json:"key"`
	Receipt json.RawMessage   `json:"receipt"`
}

// ReceiptVerifier verifies the receipt (compact JSON) of a co-signature: the region of it co-signed
// its table for the cycle's revision, in that federation, under its number. It returns the key that
// signed.
type ReceiptVerifier func(receipt json.RawMessage, federation identity.FederationID, cycle survey.Cycle,
	revision int, of survey.CoSignature) (ed25519.PublicKey, error)

// Published returns the certified table of one revision as a file, in JSON. receipt returns the
// registry's proof of the decision with a number, as of another one; verify returns the key that
// signed it. The co-signatures are the first that made the majority, all as of the last of them:
// this node makes the same bytes whenever it is asked, and another node's differ only in the
// receipts' witness. The file is verified before it is returned. The error wraps survey.ErrNotFound
// for a revision that is not certified, or survey.RefusedNoTable.
func (t *tables) Published(cycle survey.Cycle, revision int,
	receipt func(number, at uint64) (json.RawMessage, error), verify ReceiptVerifier) ([]byte, error) {
	file, err := t.published(cycle, revision, receipt, verify)
	if err != nil {
		return nil, fmt.Errorf("publish revision %d of %s: %w", revision, cycle, err)
	}
	return file, nil
}

func (t *tables) published(cycle survey.Cycle, number int,
	receipt func(number, at uint64) (json.RawMessage, error), verify ReceiptVerifier) ([]byte, error) {
	revision, err := t.certifiedRevision(cycle, &number)
	if err != nil {
		return nil, err
	}
	d, err := t.verified(revision)
	if err != nil {
		return nil, err
	}

	p := Published{Federation: t.options.Federation}
	p.describe(d)

	// The first co-signatures that made the majority.
	signed := slices.DeleteFunc(slices.Clone(revision.CoSigned),
		func(s survey.CoSignature) bool { return s.Table != d.hash })
	slices.SortFunc(signed, func(a, b survey.CoSignature) int { return cmp.Compare(a.Number, b.Number) })
	signed = signed[:min(len(signed), revision.Needed)]

	for _, s := range signed {
		proof, err := receipt(s.Number, signed[len(signed)-1].Number)
		if err != nil {
			return nil, fmt.Errorf("receipt of the co-signature of %s: %w", s.Region, err)
		}
		if proof, err = compact(proof); err != nil {
			return nil, fmt.Errorf("receipt of the co-signature of %s: %w", s.Region, err)
		}
		key, err := verify(proof, p.Federation, cycle, number, s)
		if err != nil {
			return nil, fmt.Errorf("receipt of the co-signature of %s: %w", s.Region, err)
		}
		p.CoSigned = append(p.CoSigned, PublishedCoSigned{Region: s.Region, Number: s.Number,
			NodeID: identity.NodeID(key), Key: key, Receipt: proof})
	}

	file, err := p.encode()
	if err != nil {
		return nil, err
	}
	_, err = VerifyPublished(file, verify)
	return file, err
}

// describe fills in all fields that follow from the registry's facts.
func (p *Published) describe(d *derivation) {
	f, r := d.facts, d.facts.revision
	p.Format, p.Anchor = cmp.Or(p.Format, publishedFormat), publishedAnchor
	p.Cycle, p.Revision, p.Reason, p.Previous, p.Table = r.Cycle, r.Revision, r.Reason, survey.Hex(r.Previous), survey.Hex(d.hash)
	p.Number, p.OpenedAt, p.Needed = r.Number, milliseconds(r.OpenedAt), r.Needed
	p.Answers, p.Difference, p.Counts = d.table.Answers, d.table.Difference, r.Counts
	p.Questionnaire, p.Definitions, p.Policy = f.campaign.Questionnaire, f.definitions, f.policy
	p.Figures, p.Regions = []PublishedFigure{}, []PublishedRegion{}

	for _, c := range d.table.Cells {
		if c.Dimension != "" {
			continue
		}
		metric, _ := f.definitions.Metric(c.Metric)
		if !metric.Headline {
			continue
		}
		figure := PublishedFigure{Metric: c.Metric, Unit: metric.Unit, Value: c.Value,
			Contributors: c.Contributors, Exact: c.Exact, Lower: c.Lower}
		if c.Upper >= 0 {
			figure.Upper = &c.Upper
		}
		p.Figures = append(p.Figures, figure)
	}

	for i, part := range d.table.Parts {
		settled, _ := f.settled(part.Region)
		region := PublishedRegion{Region: part.Region, How: part.How, Reason: part.Reason, By: part.By,
			EndorsedBy: part.EndorsedBy, Number: part.Number, At: milliseconds(settled.At), Key: part.Key,
			Summary: f.packed[i]}
		if len(part.Key) > 0 {
			region.NodeID = identity.NodeID(part.Key)
		}
		p.Regions = append(p.Regions, region)
	}

	p.derivation = d
}

func milliseconds(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }

func compact(text json.RawMessage) (json.RawMessage, error) {
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (p *Published) encode() ([]byte, error) {
	out := *p
	if p.Format != publishedFormat1 {
		out = p.short()
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write the file: %w", err)
	}
	return append(text, '\n'), nil
}

// VerifyPublished checks a published file byte for byte and returns it. It needs no node and no
// clock: it derives the table again from the signed summaries, and the table's hash must be the one
// that was co-signed, as often as the file says was needed. Anchor tells the reader the remaining
// checks: to compare the federation id and the node ids with a list from elsewhere, and to see that
// the co-signing regions are a majority. Every error wraps ErrPublished and gives the
// reason.
func VerifyPublished(file []byte, verify ReceiptVerifier) (Published, error) {
	if len(file) > maxPublishedBytes {
		return Published{}, fmt.Errorf("%w: it has more than %d bytes", ErrPublished, maxPublishedBytes)
	}

	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	var p Published
	if err := decoder.Decode(&p); err != nil {
		return Published{}, fmt.Errorf("%w: it cannot be read: %w", ErrPublished, err)
	}
	if p.Format != publishedFormat && p.Format != publishedFormat1 {
		return Published{}, fmt.Errorf("%w: it is not of the form %s", ErrPublished, publishedFormat)
	}
	if err := p.whole(); err != nil {
		return Published{}, fmt.Errorf("%w: %w", ErrPublished, err)
	}

	facts, members, err := p.facts()
	if err != nil {
		return Published{}, fmt.Errorf("%w: %w", ErrPublished, err)
	}

	// The table follows from the summaries.
	d, err := newDerivation(facts, members)
	if err != nil {
		return Published{}, fmt.Errorf("%w: %w", ErrPublished, err)
	}
	if survey.Hex(d.hash) != p.Table {
		return Published{}, fmt.Errorf("%w: from its summaries follows another table", ErrPublished)
	}

	if err := p.checkCoSigned(d.hash, verify); err != nil {
		return Published{}, fmt.Errorf("%w: %w", ErrPublished, err)
	}

	// Derived fields are made again, so that they cannot say anything else.
	plain := p
	plain.describe(d)
	again, err := plain.encode()
	if err != nil || !bytes.Equal(again, file) {
		return Published{}, fmt.Errorf("%w: its figures are not those of its summaries, or it was written anew",
			ErrPublished)
	}
	return plain, nil
}

// facts returns the registry's facts in the file.
func (p *Published) facts() (settledFacts, []survey.Member, error) {
	f := settledFacts{
		federation: p.Federation,
		campaign: survey.Campaign{Cycle: p.Cycle, Questionnaire: p.Questionnaire,
			Definitions: p.Definitions.ID, Policy: p.Policy.Name},
		definitions: p.Definitions, policy: p.Policy,
		revision: survey.Revision{Cycle: p.Cycle, Revision: p.Revision, Reason: p.Reason, Counts: p.Counts,
			OpenedAt: p.OpenedAt, Number: p.Number, Needed: p.Needed},
	}

	if p.Previous != "" {
		previous, err := hex.DecodeString(p.Previous)
		if err != nil || len(previous) != len(f.revision.Previous) {
			return f, nil, errors.New("the table before is not a hash")
		}
		f.revision.Previous = [32]byte(previous)
	}
	if f.definitions.Questionnaire != p.Questionnaire {
		return f, nil, errors.New("its definitions are those of another questionnaire")
	}

	var members []survey.Member
	for _, r := range p.Regions {
		settled := survey.Settled{Region: r.Region, How: r.How, Reason: r.Reason, By: r.By,
			EndorsedBy: r.EndorsedBy, Number: r.Number, At: r.At}
		var packed []byte
		if r.How != survey.SettledAbsent {
			packed = r.Summary
			settled.Hash = sha256.Sum256(packed)
			if len(r.Key) != ed25519.PublicKeySize {
				return f, nil, fmt.Errorf("the key of %s is none", r.Region)
			}
		}

		f.revision.Regions = append(f.revision.Regions, r.Region)
		f.revision.Settled = append(f.revision.Settled, settled)
		f.packed = append(f.packed, packed)
		members = append(members, survey.Member{Region: r.Region, Key: r.Key})
	}
	return f, members, nil
}

// checkCoSigned verifies that as many different regions co-signed the table as the file says were
// needed.
func (p *Published) checkCoSigned(table [32]byte, verify ReceiptVerifier) error {
	seen := map[survey.Region]bool{}
	for _, s := range p.CoSigned {
		if seen[s.Region] {
			return fmt.Errorf("%s co-signed twice", s.Region)
		}
		seen[s.Region] = true

		proof, err := compact(s.Receipt)
		if err != nil {
			return fmt.Errorf("receipt of the co-signature of %s: %w", s.Region, err)
		}
		key, err := verify(proof, p.Federation, p.Cycle, p.Revision,
			survey.CoSignature{Region: s.Region, Table: table, Number: s.Number})
		switch {
		case err != nil:
			return fmt.Errorf("receipt of the co-signature of %s: %w", s.Region, err)
		case !key.Equal(s.Key) || identity.NodeID(key) != s.NodeID:
			return fmt.Errorf("the co-signature of %s is by another key", s.Region)
		}
	}
	// There are no more of them than were needed.
	if p.Needed < 1 || len(seen) != p.Needed {
		return fmt.Errorf("%d regions co-signed it, %d are needed", len(seen), p.Needed)
	}
	return nil
}

// National returns the figures of a verified file, by a breakdown or the region, as
// [Totals.National] returns them at any node.
func (p Published) National(by survey.Dimension) (survey.Totals, error) {
	if p.derivation == nil {
		return survey.Totals{}, fmt.Errorf("%w: it was not verified", ErrPublished)
	}
	in := *p.derivation.input
	in.by = by
	out, err := merge(&in)
	out.Mode, out.Coverage = survey.ModeCertified, p.derivation.coverage()
	return out, err
}
