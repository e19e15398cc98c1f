package node_test

import (
	"strings"
	"testing"
)

// TestTheCompaniesOfASurvey puts companies into a survey on its pages, takes
// them over into the next, and opens a third that begins with them.
func TestTheCompaniesOfASurvey(t *testing.T) {
	us := startRegions(t, 1)[0]
	lee := us.person("Lee", "lead")
	for _, number := range []string{"99000001", "99000002", "99000003"} {
		us.ask("POST", "/organisations", map[string]any{"identifiers": []string{"GB-COH:" + number}, "name": "Company " + number + " Ltd", "kind": "company"})
	}
	lee.read("/campaigns", "cycle=2021-22")
	says := func(text, words string) {
		t.Helper()
		if !strings.Contains(text, words) {
			t.Errorf("the page lacks %q:\n%s", words, text)
		}
	}
	says(lee.read("/campaigns/2021-22/companies/add", "list=99000001%0A99000002%0A99000009%0A"), "2 of 3 added")
	says(lee.read("/campaigns/2021-22/companies"), "Company 99000002 Ltd")
	us.ask("POST", "/campaigns/2021-22/claims", map[string]any{"organisation": "GB-COH:99000001"})

	lee.read("/campaigns", "cycle=2022-23")
	says(lee.read("/campaigns/2022-23"), "Take over the companies of 2021-22")
	says(lee.read("/campaigns/2022-23/companies/take-over?from=2021-22"), "2 companies were in the survey of 2021-22; 0 are in that of 2022-23 so far")
	says(lee.read("/campaigns/2022-23/companies/take-over", "from=2021-22"), "2 companies taken over")
	says(lee.read("/campaigns/2022-23/companies"), "To be contacted") // where it stood before

	// One that opens at once begins with them at once.
	says(lee.read("/campaigns", "cycle=2023-24", "from=2022-23"), ">2 companies</a>, the list is still open")

	lee.read("/campaigns/2022-23/change", "step=freeze")
	says(lee.try("/campaigns/2022-23/companies/add", "list=99000003"), "The list of companies is fixed")
	if text := lee.read("/campaigns/2022-23/companies"); strings.Contains(text, "Add a list") {
		t.Errorf("a fixed list takes more:\n%s", text)
	}
	says(lee.read("/claims/idle?cycle=2022-23"), "every company was contacted in time")
	says(lee.try("/companies/GB-COH:99000001/free?cycle=2022-23"), "Nobody holds this company")
}
