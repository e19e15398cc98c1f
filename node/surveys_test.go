package node_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/federation"
)

var proposalField = regexp.MustCompile(`name="number" value="(\d+)"`)

// TestASurveyIsOpenedAndChangedByTwo: what binds the nation is proposed on the
// pages of one region and agreed to on those of another, by its button or by
// the same proposal.
func TestASurveyIsOpenedAndChangedByTwo(t *testing.T) {
	regions := startRegions(t, 2, func(p *federation.Peers) { p.SoloSteps = false })
	us, them := regions[0], regions[1]
	lee, nia := us.person("Lee", "lead"), them.person("Nia", "lead")
	if text := lee.read("/"); !strings.Contains(text, "Open a survey") {
		t.Fatalf("a lead is not led to open a survey:\n%s", text)
	}
	if text := lee.read("/campaigns", "cycle="+cycle, "opens=2023-06-01", "closes=2098-09-30", "policy="); !strings.Contains(text, "It is proposed") || !strings.Contains(text, "Not open yet") {
		t.Fatalf("it is not proposed:\n%s", text)
	}
	page := "/campaigns/" + cycle
	agrees := func(what string) {
		t.Helper()
		var number []string
		eventually(t, "proposal to "+what, func() bool {
			number = proposalField.FindStringSubmatch(nia.try(page))
			return number != nil
		})
		if text := nia.read(page+"/endorse", "number="+number[1]); !strings.Contains(text, "We agreed") {
			t.Fatalf("agreed to %s:\n%s", what, text)
		}
	}
	says := func(words string) {
		t.Helper()
		eventually(t, "survey that says "+words, func() bool { return strings.Contains(lee.read(page), words) })
	}
	agrees("open the survey")
	says("Open until 30 September 2098")
	if text := lee.try(page+"/change", "step=dates", "closes=2023-05-01"); !strings.Contains(text, "A survey cannot close before it opens") {
		t.Errorf("an end before the beginning:\n%s", text)
	}
	lee.read(page+"/change", "step=dates", "closes=2099-10-31")
	agrees("change the days")
	says("Open until 31 October 2099")
	lee.read(page+"/change", "step=freeze")
	nia.read(page+"/change", "step=freeze") // the same step is consent too
	says("the list was fixed on")

	us.ask("POST", "/organisations", map[string]any{"identifiers": []string{northfield}, "name": "Northfield Digital Health Ltd", "kind": "company"})
	lee.read("/companies/"+northfield+"/claim", "cycle="+cycle)
	if text := lee.read("/companies/" + northfield); !strings.Contains(text, "Claimed the company") {
		t.Errorf("its history is not told:\n%s", text)
	}
	var proof map[string]any
	if text := lee.read("/companies/" + northfield + "/receipt.json"); json.Unmarshal([]byte(text), &proof) != nil || len(proof) == 0 {
		t.Errorf("the proof is\n%s", text)
	}
	lee.read(page+"/change", "step=close")
	agrees("close the survey")
	says("Closed.")
}
