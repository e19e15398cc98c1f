package node_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var tokenField = regexp.MustCompile(`name="token" value="(\d+)"`)

// TestSharedAndTakenOver: a company lets the AHSN that it named see its
// answers; later that AHSN gets the company, and takes over what the first one
// knows of it. All on the pages of two real nodes.
func TestSharedAndTakenOver(t *testing.T) {
	regions := startRegions(t, 2)
	us, them := regions[0], regions[1]
	us.ask("POST", "/campaigns", map[string]string{"cycle": cycle, "opens": "2023-06-01", "closes": "2023-09-30"})
	us.ask("POST", "/organisations", map[string]any{"identifiers": []string{northfield}, "name": "Northfield Digital Health Ltd", "kind": "company"})
	us.ask("POST", "/campaigns/"+cycle+"/claims", map[string]string{"organisation": northfield})
	ada, nia := us.person("Ada", "adviser"), them.person("Nia", "adviser")
	page := "/companies/" + northfield
	ada.read(page+"/answers", "cycle="+cycle, "q01=yes", "q02=nenc", "q02=nwc", "q03=41", "sharing=allowed")
	eventually(t, "shared copy", func() bool {
		text := nia.read(page)
		return strings.Contains(text, "Shared with us") && strings.Contains(text, "41 posts")
	})

	token := func(text string) string {
		m := tokenField.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("there is no form for a step:\n%s", text)
		}
		return "token=" + m[1]
	}
	ada.read(page+"/step", "cycle="+cycle, token(ada.read(page)), "action=offer", "to=nwc")
	var offered string
	eventually(t, "offer", func() bool {
		offered = nia.read(page)
		return strings.Contains(offered, "Accept the company")
	})
	nia.read(page+"/step", "cycle="+cycle, token(offered), "action=accept")
	if text := nia.read(page); !strings.Contains(text, "Take over what they know") {
		t.Fatalf("it is not offered to take over:\n%s", text)
	}
	var taken string
	eventually(t, "take-over", func() bool {
		taken = nia.try(page+"/take-over", "cycle="+cycle)
		return strings.Contains(taken, "Taken over from")
	})
	if !strings.Contains(taken, "They came, and were recorded") {
		t.Errorf("what came is not said:\n%s", taken)
	}
	if text := nia.read(page + "/answers?cycle=" + cycle); !strings.Contains(text, `value="41"`) {
		t.Error("the answers are not in the form")
	}
	if book := nia.read("/returned/template.xlsx?cycle=" + cycle); !strings.HasPrefix(book, "PK") {
		t.Errorf("the template is no workbook: %.40q", book)
	}
	if book := nia.read(page + "/form.xlsx"); !strings.HasPrefix(book, "PK") {
		t.Errorf("the form is no workbook: %.40q", book)
	}
}

// TestATakenOverCompanyIsCompared: a company answers one AHSN in one year and
// another in the next. Both years stand side by side once it was taken over,
// through the API and on the page; that its answers are shared is not enough.
func TestATakenOverCompanyIsCompared(t *testing.T) {
	const before = "2021-22"
	regions := startRegions(t, 2)
	us, them := regions[0], regions[1]
	us.ask("POST", "/organisations", map[string]any{"identifiers": []string{northfield}, "name": "Northfield Digital Health Ltd", "kind": "company"})
	answer := func(r region, year string, pounds int) {
		r.ask("POST", "/campaigns", map[string]string{"cycle": year, "opens": "2023-06-01", "closes": "2023-09-30"})
		r.ask("POST", "/campaigns/"+year+"/claims", map[string]string{"organisation": northfield})
		r.ask("PUT", "/campaigns/"+year+"/responses/"+northfield, map[string]any{"answers": map[string]any{
			"q01": "yes", "q02": []string{"nenc", "nwc"}, "q03": 10, "q04": 2, "q05": 1, "q06": 1, "q07": map[string]int{"equity": pounds}, "q08": pounds, "q10": 1}})
	}
	answer(us, before, 1000)
	us.ask("PUT", "/campaigns/"+before+"/responses/"+northfield+"/sharing", map[string]string{"sharing": "allowed"})
	answer(them, cycle, 1500)
	nia := them.person("Nia", "adviser")
	page := "/companies/" + northfield
	compared := func(want string) func() bool {
		return func() bool {
			got := us.ask("GET", "/totals?cycle="+cycle+"&compare="+before, nil)["comparison"].(map[string]any)
			of, _ := got["companies"].(map[string]any)
			panel := got["figures"].([]any)[0].(map[string]any)["panel"]
			said := fmt.Sprintf("handed over %v, changed region %v, panel %v", of["after_handover"], of["changed_region"], panel)
			return strings.HasPrefix(said, want)
		}
	}
	eventually(t, "the copy that its supporters may see", func() bool { return strings.Contains(nia.read(page), "Shared with us") })
	eventually(t, "a company that changed region", compared("handed over 0, changed region 1, panel <nil>"))
	if text := nia.read("/claims?cycle=" + cycle); !strings.Contains(text, "They answered another AHSN last year") {
		t.Errorf("nobody is told to take it over:\n%s", text)
	}
	eventually(t, "take-over", func() bool {
		return strings.Contains(nia.try(page+"/take-over", "cycle="+cycle), "here for the change from one year to the next")
	})
	eventually(t, "a company on the matched panel", compared("handed over 1, changed region 0, panel map[after_handover:1 before:100000 change:5000 companies:1 now:150000 regions:1]"))
	eventually(t, "the page saying it", func() bool {
		text := nia.read("/national/" + cycle)
		return strings.Contains(text, "1 another AHSN, which handed over what they said") && strings.Contains(text, "1 company of 1 AHSN, 1 after a hand-over")
	})
}
