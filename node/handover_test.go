package node_test

import (
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
