package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store/survey"
)

// certifyLine plays the lines of scenarios about a year that becomes final.
// Summaries and tables are any words: the registry does not look into them.
func (p *play) certifyLine(t *testing.T, d *datadriven.TestData, regions []survey.Region, cycle survey.Cycle, lines []string) string {
	t.Helper()
	revision, err := strconv.Atoi(word(t, d, "revision", "0"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	switch d.Cmd {
	case "sign-off": // by every region named, each its own words
		for _, region := range regions {
			text := lines[0]
			if len(regions) > 1 {
				text += " of " + string(region)
			}
			b.WriteString(show(p.apply(p.sign(p.signOffBody(region, cycle, revision, []byte(text))))))
		}
	case "co-sign":
		for _, region := range regions {
			b.WriteString(show(p.apply(p.sign(p.coSignBody(region, cycle, revision, sha256.Sum256([]byte(lines[0])))))))
		}
	case "revisions":
		all, err := reader(p.bench).Revisions(cycle)
		if err != nil {
			return err.Error() + "\n"
		}
		for _, r := range all {
			b.WriteString(showRevision(&r))
		}
		if certified, ok := reader(p.bench).Certified(cycle); ok {
			fmt.Fprintf(&b, "certified: %d\n", certified.Revision)
		}
	case "summary":
		text, err := reader(p.bench).SignedSummary(cycle, revision, regions[0])
		if err != nil {
			return err.Error() + "\n"
		}
		return string(text) + "\n"
	}
	return b.String()
}

func (b *bench) signOffBody(region survey.Region, cycle survey.Cycle, revision int, summary []byte) Body {
	body := b.body(region, typeSignOff, Encode(signOffPayload{Cycle: cycle, Revision: revision, Summary: summary}))
	body.Version = levelNational
	return body
}

func (b *bench) coSignBody(region survey.Region, cycle survey.Cycle, revision int, table [32]byte) Body {
	body := b.body(region, typeCoSign, Encode(coSignPayload{Cycle: cycle, Revision: revision, Table: table[:]}))
	body.Version = levelNational
	return body
}

func showRevision(r *survey.Revision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "revision %d %s, regions %v, %d responded, %d needed", r.Revision, r.State, r.Regions, r.Counts.Responded, r.Needed)
	if r.Reason != "" {
		fmt.Fprintf(&b, ", because %s", r.Reason)
	}
	if r.State == survey.RevisionCertified {
		fmt.Fprintf(&b, ", table %s", short(r.Table))
	}
	if r.Previous != [32]byte{} {
		fmt.Fprintf(&b, ", before it %s", short(r.Previous))
	}
	b.WriteString("\n")
	for _, s := range r.Settled {
		fmt.Fprintf(&b, "  %s %s %d", s.Region, s.How, s.Number)
		if s.By != "" {
			fmt.Fprintf(&b, " by %s with %s because %s", s.By, s.EndorsedBy, s.Reason)
		}
		b.WriteString("\n")
	}
	for _, c := range r.CoSigned {
		fmt.Fprintf(&b, "  %s co-signed %s\n", c.Region, short(c.Table))
	}
	return b.String()
}

func short(hash [32]byte) string { return hex.EncodeToString(hash[:3]) }

// drawStep draws a step that binds the nation, a few of them wrong.
func drawStep(t *rapid.T, b *bench, region survey.Region) Row {
	cycle := survey.Cycle("2022-23")
	other := rapid.SampledFrom(someRegions).Draw(t, "meant")
	revision := rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "revision")
	reason := rapid.SampledFrom([]survey.ReasonCode{survey.ReasonCorrection, survey.ReasonOther, ""}).Draw(t, "because")
	text := []byte(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "summary"))
	step := func(what survey.NewProposal) Row {
		what.Cycle, what.Reason = cycle, reason
		return b.sign(b.stepBody(region, what))
	}
	switch rapid.IntRange(0, 14).Draw(t, "step") {
	case 0, 1:
		return b.sign(b.body(region, typeCloseCampaign, Encode(cyclePayload{Cycle: cycle})))
	case 2, 3, 4:
		return b.sign(b.signOffBody(region, cycle, revision, text))
	case 5, 6, 7:
		return b.sign(b.coSignBody(region, cycle, revision, sha256.Sum256(text)))
	case 8:
		return step(survey.NewProposal{Kind: survey.ProposeLetStand, Region: other, Revision: revision, Summary: text, SummaryHash: HashOf(text)})
	case 9:
		return step(survey.NewProposal{Kind: survey.ProposeMarkAbsent, Region: other, Revision: revision})
	case 10:
		return step(survey.NewProposal{Kind: survey.ProposeOpenRevision})
	case 11:
		return step(survey.NewProposal{Kind: survey.ProposeReleaseIdle, Organisation: rapid.SampledFrom(someIDs).Draw(t, "idle")})
	case 12:
		kind := rapid.SampledFrom([]survey.ProposalKind{survey.ProposeSuspend, survey.ProposeResume}).Draw(t, "standing")
		return b.sign(b.stepBody(region, survey.NewProposal{Kind: kind, Region: other, Reason: survey.ReasonMisuse}))
	case 13:
		return b.sign(b.body(region, typeStateLevel, Encode(levelPayload{Level: FeatureLevel})))
	}
	return b.sign(b.body(region, typeEndorse, Encode(endorsePayload{Number: rapid.Uint64Range(0, 30).Draw(t, "number")})))
}

// certify has every region sign the first revision off and co-sign it, here and
// on another replica.
func (b *bench) certify(other *State, cycle survey.Cycle, regions ...survey.Region) {
	text := []byte("a")
	for _, body := range []func(survey.Region) Body{
		func(r survey.Region) Body { return b.signOffBody(r, cycle, 0, text) },
		func(r survey.Region) Body { return b.coSignBody(r, cycle, 0, sha256.Sum256(text)) },
	} {
		for _, region := range regions {
			e := b.entry(b.sign(body(region)))
			b.state.apply(e)
			other.apply(e)
		}
	}
}

// finals are the revisions that were certified, as they were then.
type finals map[string]string

// mustStand checks that what was certified stays as it was, byte for byte, and
// that a majority of one mind made it so.
func (f finals) mustStand(t *rapid.T, b *bench) {
	v := b.state.View()
	for r := range rowsFrom[survey.Revision](v.txn, tableRevisions, byKey, "") {
		key := fmt.Sprint(r.Cycle, r.Revision)
		text := fmt.Sprintf("%+v", *r)
		for _, region := range r.Regions {
			if row := first[finalRow](v.txn, tableFinals, byKey, finalKey(r.Cycle, r.Revision, region)); row != nil {
				text += fmt.Sprintf(" %s=%x", region, row.Summary)
			}
		}
		switch kept, final := f[key]; {
		case final && kept != text:
			t.Fatalf("certified figures moved:\n%s\n%s", kept, text)
		case r.State == survey.RevisionCertified && !final:
			f[key] = text
			if len(r.Settled) != len(r.Regions) || len(r.CoSigned) < r.Needed {
				t.Fatalf("certified too early: %s", text)
			}
		}
	}
}

// TestCertifiedFiguresNeverMove: whatever is tried after a close, in any order,
// what was certified stays, and replicas agree.
func TestCertifiedFiguresNeverMove(t *testing.T) {
	certified := 0
	rapid.Check(t, func(t *rapid.T) {
		b := newBench()
		f := b.founding(someRegions...)
		f.Level, f.SoloSteps = FeatureLevel, true
		b.foundAs(f)
		b.do("otv", typeOpenCampaign, campaign("2022-23"))
		b.do("otv", typeCloseCampaign, Encode(cyclePayload{Cycle: "2022-23"}))
		other, err := ReadSnapshot(bytes.NewReader(snapshotOf(t, b.state)))
		if err != nil {
			t.Fatal(err)
		}
		final := finals{}
		if rapid.Bool().Draw(t, "certified before") { // what is drawn alone seldom gets so far
			b.certify(other, "2022-23", someRegions...)
			final.mustStand(t, b)
		}
		for range rapid.IntRange(10, 40).Draw(t, "steps") {
			e := b.entry(drawStep(t, b, rapid.SampledFrom(someRegions).Draw(t, "region")))
			b.state.apply(e)
			other.apply(e)
			final.mustStand(t, b)
		}
		if !bytes.Equal(snapshotOf(t, b.state), snapshotOf(t, other)) {
			t.Fatal("the states differ")
		}
		certified += len(final)
	})
	if certified == 0 {
		t.Error("nothing was ever certified: the test tests nothing")
	}
}
