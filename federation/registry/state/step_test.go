package state

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/ahsn-network/tracker/store/survey"
)

// stepLine plays the lines of scenarios about steps that bind the nation.
func (p *play) stepLine(t *testing.T, d *datadriven.TestData, regions []survey.Region, cycle survey.Cycle, lines []string) string {
	t.Helper()
	switch d.Cmd {
	case "federate": // REGIONS [steps=solo] [level=1|2] [observer=R] [policy=standard]
		f := p.founding(regions...)
		f.Level, f.Policy, f.SoloSteps = FeatureLevel, word(t, d, "policy", "open"), d.HasArg("steps")
		switch word(t, d, "level", "") {
		case "1":
			f.Level = 0
		case "2":
			f.Level = levelNational
		}
		if role := word(t, d, "observer", ""); role != "" {
			for i := range f.Members {
				if f.Members[i].Region == survey.Region(role) {
					f.Members[i].Role = survey.RoleObserver
				}
			}
		}
		return show(p.foundAs(f))
	case "propose": // one proposal a line: KIND key=value ...
		var b strings.Builder
		for _, line := range lines {
			b.WriteString(show(p.step(regions[0], p.proposal(t, cycle, line))))
		}
		return b.String()
	case "endorse": // numbers, one a line
		var b strings.Builder
		for _, line := range lines {
			number, err := strconv.ParseUint(line, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(show(p.do(regions[0], typeEndorse, Encode(endorsePayload{Number: number}))))
		}
		return b.String()
	case "proposals":
		return showProposals(reader(p.bench).Proposals())
	case "campaign":
		c, err := reader(p.bench).Campaign(cycle)
		if err != nil {
			return err.Error() + "\n"
		}
		lapse := ""
		if c.LapseDays > 0 {
			lapse = fmt.Sprintf(", claims lapse after %d days from %s", c.LapseDays, instant(c.LapseSince).Format(time.DateOnly))
		}
		return fmt.Sprintf("%s %s, policy %s, from %q to %q, opened by %q, closed by %q, version %d%s\n", c.Cycle, c.State, c.Policy, c.Opens, c.Closes, c.OpenedBy, c.ClosedBy, c.Version, lapse)
	case "wait": // a duration: days are 24h
		days, err := strconv.Atoi(strings.TrimSuffix(lines[0], " days"))
		if err != nil {
			t.Fatal(err)
		}
		p.clock = p.clock.Add(time.Duration(days) * 24 * time.Hour)
		return ""
	case "level": // what a region's software knows; nothing: what the federation does
		if len(regions) == 0 {
			level, behind := reader(p.bench).Level()
			return fmt.Sprintf("%d, behind %v\n", level, behind)
		}
		level, err := strconv.ParseUint(lines[0], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		return show(p.do(regions[0], typeStateLevel, Encode(levelPayload{Level: uint16(level)})))
	}
	t.Fatalf("unknown line %q", d.Cmd)
	return ""
}

// word is the value of an argument, or the usual one.
func word(t *testing.T, d *datadriven.TestData, key, usual string) string {
	t.Helper()
	if d.HasArg(key) {
		d.ScanArgs(t, key, &usual)
	}
	return usual
}

// proposal reads a line such as "campaign-dates closes=2023-10-31".
func (p *play) proposal(t *testing.T, cycle survey.Cycle, line string) survey.NewProposal {
	t.Helper()
	words := strings.Fields(line)
	what := survey.NewProposal{Kind: survey.ProposalKind(words[0])}
	if aboutCampaign(what.Kind) {
		what.Cycle = cycle
	}
	if what.Kind == survey.ProposeOpenCampaign {
		what.Terms = &survey.CampaignTerms{Questionnaire: "nq-1", Definitions: "md-1", Policy: "open"}
	}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "region":
			what.Region = survey.Region(value)
		case "reason":
			what.Reason = survey.ReasonCode(value)
		case "opens":
			what.Opens = value
		case "closes":
			what.Closes = value
		case "days":
			what.LapseDays, _ = strconv.Atoi(value)
		case "policy":
			if what.Policy = value; what.Terms != nil {
				what.Terms.Policy, what.Policy = value, ""
			}
		case "organisation":
			what.Organisation = survey.Identifier(value)
		case "token":
			what.Token, _ = strconv.ParseUint(value, 10, 64)
		case "revision":
			what.Revision, _ = strconv.Atoi(value)
		case "summary":
			what.Summary, what.SummaryHash = []byte(value), HashOf([]byte(value))
		case "role":
			what.Role = survey.Role(value)
		default:
			t.Fatalf("unknown word %q", w)
		}
	}
	return what
}

func showProposals(all []survey.Proposal) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, "%d %s %s by %s: %s", p.Number, p.Kind, p.Cycle+survey.Cycle(p.Region), p.By, p.State)
		if p.EndorsedBy != "" {
			fmt.Fprintf(&b, " with %s", p.EndorsedBy)
		}
		b.WriteString("\n")
	}
	return b.String()
}
