package state

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestScenarios plays the files of testdata: each tells one life in plain
// words, and what the registry answers.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		p := &play{bench: newBench()}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			answer := p.line(t, d)
			p.mustBeWhole(t)
			return answer
		})
	})
}

type play struct{ *bench }

// mustBeWhole checks after every step what must always hold.
func (p *play) mustBeWhole(t *testing.T) {
	t.Helper()
	v := p.state.View()
	for tally := range rowsFrom[tallyRow](v.txn, tableTallies, byKey, "") {
		kept, counted := fmt.Sprint(tally.Counts), fmt.Sprint(v.recount(tally.Counts.Cycle).Counts)
		if kept != counted {
			t.Errorf("counts kept:    %s\ncounts counted: %s", kept, counted)
		}
	}
	var first, second bytes.Buffer
	if err := WriteSnapshot(v, &first); err != nil {
		t.Fatal(err)
	}
	restored, err := ReadSnapshot(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteSnapshot(restored.View(), &second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("a restored snapshot is not the same state")
	}
}

func (p *play) line(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	var regions []survey.Region
	for _, arg := range d.CmdArgs {
		if len(arg.Vals) == 0 {
			regions = append(regions, survey.Region(arg.Key))
		}
	}
	cycle := survey.Cycle("2022-23")
	if d.HasArg("cycle") {
		var text string
		d.ScanArgs(t, "cycle", &text)
		cycle = survey.Cycle(text)
	}
	lines := strings.Split(strings.TrimSpace(d.Input), "\n")
	switch d.Cmd {
	case "found":
		return show(p.found(regions...))
	case "federate", "propose", "endorse", "proposals", "campaign", "wait", "level":
		return p.stepLine(t, d, regions, cycle, lines)
	case "open":
		c := survey.Campaign{Cycle: cycle, Questionnaire: "nq-1", Definitions: "md-1", Policy: "open"}
		for _, line := range lines {
			word, rest, _ := strings.Cut(line, " ")
			switch word {
			case "policy":
				c.Policy = rest
			case "closes":
				c.Closes = rest
			}
		}
		return show(p.do(regions[0], typeOpenCampaign, Encode(campaignPayload{Campaign: c})))
	case "add":
		return show(p.do(regions[0], typeAddOrganisations, items("", parseOrganisations(t, lines)...)))
	case "support":
		return show(p.do(regions[0], typeAddSupported, items(cycle, identifiers(lines)...)))
	case "claim":
		return show(p.do(regions[0], typeClaim, items(cycle, identifiers(lines)...)))
	case "step":
		return show(p.do(regions[0], typeChangeClaims, items(cycle, p.changes(t, cycle, lines)...)))
	case "lapse", "due", "claim-state":
		return p.lapseLine(d.Cmd, regions, cycle, lines)
	case "merge", "split", "history", "close", "freeze", "eligible", "roll", "lift", "import":
		return p.lifeLine(t, d.Cmd, regions, cycle, lines)
	case "sign-off", "co-sign", "revisions", "summary":
		return p.certifyLine(t, d, regions, cycle, lines)
	case "innovation", "innovations":
		return p.innovationLine(t, d.Cmd, regions, lines)
	case "claim-history":
		return p.claimHistory(cycle, survey.Identifier(lines[0]))
	case "organisation":
		return p.organisation(survey.Identifier(lines[0]))
	case "counts":
		return p.counts(cycle)
	}
	t.Fatalf("%s: unknown line %q", d.Pos, d.Cmd)
	return ""
}

func identifiers(lines []string) []survey.Identifier {
	var ids []survey.Identifier
	for _, line := range lines {
		ids = append(ids, survey.Identifier(line))
	}
	return ids
}

// parseOrganisations reads lines such as
//
//	GB-COH:07209813 | Acme Limited | 2020-04-03 | previous Old Name @2019-01-01 | sector digital | match
func parseOrganisations(t *testing.T, lines []string) []survey.NewOrganisation {
	t.Helper()
	var out []survey.NewOrganisation
	for _, line := range lines {
		fields := strings.Split(line, "|")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		var o survey.NewOrganisation
		for _, id := range strings.Fields(fields[0]) {
			o.Identifiers = append(o.Identifiers, survey.Identifier(id))
		}
		if len(o.Identifiers) == 1 && o.Identifiers[0].Minted() && strings.HasPrefix(o.Identifiers[0].ID(), "NEW") {
			o.Minted, o.Identifiers = o.Identifiers[0], nil
		}
		o.Name = fields[1]
		if len(fields) > 2 {
			o.NameAsOf = fields[2]
		}
		for _, extra := range fields[min(3, len(fields)):] {
			word, rest, _ := strings.Cut(extra, " ")
			switch word {
			case "previous":
				name, day, _ := strings.Cut(rest, " @")
				o.PreviousNames = append(o.PreviousNames, survey.NameSince{Name: name, AsOf: day})
			case "sector":
				o.Sector = survey.Sector(rest)
			case "kind":
				o.Kind = survey.OrganisationKind(rest)
			case "match":
				o.Match = true
			case "not":
				o.ConfirmNot = append(o.ConfirmNot, survey.Identifier(rest))
			default:
				t.Fatalf("unknown field %q", extra)
			}
		}
		out = append(out, o)
	}
	return out
}

// changes reads lines such as "decline GB-COH:07209813 reason=no-time". The
// token is the current one unless token= says otherwise.
func (p *play) changes(t *testing.T, cycle survey.Cycle, lines []string) []survey.ClaimChange {
	t.Helper()
	var out []survey.ClaimChange
	for _, line := range lines {
		words := strings.Fields(line)
		change := survey.ClaimChange{Action: survey.ClaimAction(words[0]), Organisation: survey.Identifier(words[1])}
		v := p.state.View()
		if o := v.organisation(change.Organisation); o != nil {
			if c := v.claim(cycle, o.ID); c != nil {
				change.Token = c.Claim.Token
			}
		}
		for _, word := range words[2:] {
			key, value, _ := strings.Cut(word, "=")
			switch key {
			case "token":
				if _, err := fmt.Sscan(value, &change.Token); err != nil {
					t.Fatal(err)
				}
			case "reason":
				change.Reason = survey.ReasonCode(value)
			case "to":
				change.OfferTo = survey.Region(value)
			default:
				t.Fatalf("unknown word %q", word)
			}
		}
		out = append(out, change)
	}
	return out
}

func show(outcomes []survey.Outcome) string {
	var b strings.Builder
	for _, o := range outcomes {
		fmt.Fprintf(&b, "%d %s", o.Number, o.Status)
		if o.ID != "" {
			fmt.Fprintf(&b, " %s", o.ID)
		}
		if o.Claim != nil {
			b.WriteString(": " + showClaim(o.Claim))
		}
		if o.Decided != nil {
			fmt.Fprintf(&b, ": %s %s", o.Decided.Kind, o.Decided.Cycle)
		}
		if o.Refusal != nil {
			fmt.Fprintf(&b, ": %s", o.Refusal.Error())
			if len(o.Refusal.Candidates) > 0 {
				fmt.Fprintf(&b, " %v", o.Refusal.Candidates)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func showClaim(c *survey.Claim) string {
	text := fmt.Sprintf("%s %s token %d", c.Region, c.State, c.Token)
	if c.Free() {
		text = fmt.Sprintf("%s token %d", c.State, c.Token)
	}
	if c.Reason != "" {
		text += " because " + string(c.Reason)
	}
	if c.OfferedTo != "" {
		text += " offered to " + string(c.OfferedTo)
	}
	if len(c.RequestedBy) > 0 {
		text += fmt.Sprintf(" requested by %v", c.RequestedBy)
	}
	return text
}

func (p *play) organisation(id survey.Identifier) string {
	row := p.state.View().organisation(id)
	if row == nil {
		return "unknown\n"
	}
	o := p.state.View().whole(row)
	text := fmt.Sprintf("%s %q %s %s %v\n", o.ID, o.Name, o.NameAsOf, o.Kind, o.Identifiers)
	if o.Sector != "" {
		text += fmt.Sprintf("sector %s\n", o.Sector)
	}
	if len(o.Aliases) > 0 {
		text += fmt.Sprintf("aliases %v\n", o.Aliases)
	}
	for _, n := range o.PreviousNames {
		text += fmt.Sprintf("before: %q %s\n", n.Name, n.AsOf)
	}
	if o.LeadRegion != "" || len(o.SupportingRegions) > 0 {
		text += fmt.Sprintf("lead %s, supported by %v\n", o.LeadRegion, o.SupportingRegions)
	}
	return text
}

func (p *play) counts(cycle survey.Cycle) string {
	t := first[tallyRow](p.state.View().txn, tableTallies, byKey, string(cycle))
	if t == nil {
		return "none\n"
	}
	c := t.Counts
	text := fmt.Sprintf("supported %d eligible %d claimed %d contacted %d responded %d declined %d unreachable %d ineligible %d\n",
		c.Supported, c.Eligible, c.Claimed, c.Contacted, c.Responded, c.Declined, c.Unreachable, c.Ineligible)
	for _, m := range p.state.View().Members() {
		if r, ok := c.ByRegion[m.Region]; ok {
			text += fmt.Sprintf("%s: supported %d claimed %d responded %d declined %d\n", m.Region, r.Supported, r.Claimed, r.Responded, r.Declined)
		}
	}
	return text
}
