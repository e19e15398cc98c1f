package state

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store/survey"
)

// lifeLine plays the lines of scenarios about the life of organisations and
// campaigns.
func (p *play) lifeLine(t *testing.T, command string, regions []survey.Region, cycle survey.Cycle, lines []string) string {
	t.Helper()
	words := strings.Fields(lines[0])
	switch command {
	case "merge": // FROM into INTO because REASON
		return show(p.do(regions[0], typeMergeOrganisations, Encode(mergePayload{From: survey.Identifier(words[0]), Into: survey.Identifier(words[2]), Reason: survey.MergeReason(words[4])})))
	case "split": // ID because REASON
		return show(p.do(regions[0], typeSplitOrganisation, Encode(splitPayload{Organisation: survey.Identifier(words[0]), Reason: survey.MergeReason(words[2])})))
	case "close":
		return show(p.do(regions[0], typeCloseCampaign, Encode(cyclePayload{Cycle: cycle})))
	case "freeze":
		return show(p.do(regions[0], typeFreezeEligible, Encode(cyclePayload{Cycle: cycle})))
	case "import":
		return show(p.do(regions[0], typeImportEligible, items(cycle, identifiers(lines)...)))
	case "roll": // EARLIER
		return show(p.do(regions[0], typeRollForward, Encode(rollPayload{Cycle: cycle, From: survey.Cycle(words[0])})))
	case "lift":
		return show(p.do(regions[0], typeLiftDoNotSurvey, Encode(liftPayload{Organisation: survey.Identifier(words[0])})))
	case "eligible":
		return showEligible(reader(p.bench).EligibleSet(cycle, "", 100))
	case "history":
		var b strings.Builder
		r := reader(p.bench)
		events, err := r.OrganisationHistory(survey.Identifier(words[0]))
		if err != nil {
			return err.Error() + "\n"
		}
		for _, e := range events {
			fmt.Fprintf(&b, "%d %s by %s (%d)", e.Number, e.Action, e.Region, e.Actor)
			if e.Reason != "" {
				fmt.Fprintf(&b, " because %s: %s", e.Reason, e.Other)
			}
			b.WriteString("\n")
		}
		return b.String()
	}
	t.Fatalf("unknown line %q", command)
	return ""
}

func showEligible(set []survey.Eligible, _ string) string {
	var b strings.Builder
	for _, e := range set {
		fmt.Fprintf(&b, "%s %s", e.Organisation, e.Source)
		if len(e.SupportedBy) > 0 {
			fmt.Fprintf(&b, " supported by %v", e.SupportedBy)
		}
		if e.LastState != "" {
			fmt.Fprintf(&b, ", last time %s by %s %s", e.LastState, e.LastHolder, e.LastReason)
		}
		if e.DoNotSurvey {
			b.WriteString(", do not survey")
		}
		if e.Late {
			b.WriteString(", late")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// drawLife draws a command of the life of organisations and campaigns.
func drawLife(t *rapid.T, b *bench, region survey.Region) Row {
	id := func(what string) survey.Identifier { return rapid.SampledFrom(someIDs).Draw(t, what) }
	reason := rapid.SampledFrom(survey.MergeReasons()).Draw(t, "why")
	switch rapid.IntRange(0, 4).Draw(t, "life") {
	case 0, 1:
		return b.sign(b.body(region, typeMergeOrganisations, Encode(mergePayload{From: id("from"), Into: id("into"), Reason: reason})))
	case 2:
		kind := rapid.SampledFrom([]commandType{typeFreezeEligible, typeLiftDoNotSurvey, typeImportEligible, typeRollForward}).Draw(t, "kind")
		payload := map[commandType][]byte{typeFreezeEligible: Encode(cyclePayload{Cycle: "2022-23"}), typeLiftDoNotSurvey: Encode(liftPayload{Organisation: id("lift")}),
			typeImportEligible: items("2022-23", id("import")), typeRollForward: Encode(rollPayload{Cycle: "2022-23", From: "2021-22"})}[kind]
		return b.sign(b.body(region, kind, payload))
	default:
		return b.sign(b.body(region, typeSplitOrganisation, Encode(splitPayload{Organisation: id("split"), Reason: reason})))
	}
}
