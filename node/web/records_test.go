package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// kept are our own records of the canned companies.
var kept = map[survey.RecordKind]map[survey.Identifier]string{
	survey.RecordContacts: {oursID: `{"organisation": "GB-COH:99000002", "name": "Pat Lee", "email": "pat@isis.example"}`},
	survey.RecordInteractions: {
		oursID:    `{"organisation": "GB-COH:99000002", "date": "2022-06-01", "channel": "call", "two_way": true, "minutes": 45, "otv.note": "asked about it"}`,
		hostileID: `{"organisation": "GB-COH:99000004", "date": "2022-06-02", "channel": "visit", "innovation": "<b>bold</b>"}`,
	},
}

func (c *canned) Records(filter store.RecordFilter, _ string, _ int) ([]survey.Record, string, error) {
	text, ok := kept[filter.Kind][filter.Organisation]
	if !ok {
		return nil, "", nil
	}
	of, err := survey.RecordTypeOf(filter.Kind)
	if err != nil {
		return nil, "", err
	}
	record, problems, err := survey.ParseRecord(of, ours, []byte(text))
	if err != nil || len(problems) > 0 {
		panic(problems)
	}
	return []survey.Record{record}, "", nil
}

func (c *canned) DuplicatesOf(o survey.Organisation) []survey.PossibleDuplicate {
	if o.ID != oursID {
		return nil
	}
	return []survey.PossibleDuplicate{{ID: "GB-COH:99000003", Name: "Solent Sensors Ltd", Reason: survey.SimilarName}}
}

// TestOurRecordsOfACompany: advisers see what their own region keeps, as people
// read it and as text; viewers see none of it.
func TestOurRecordsOfACompany(t *testing.T) {
	s := newSite(t)
	page := s.as(store.PermissionAdviser).Get("/companies/" + string(oursID)).Body.String()
	for _, want := range []string{"Our records", "Contacts (1)", "Pat Lee", "Channel: Call", "Two-way contact: yes", "otv.note: asked about it", "Possibly the same", "Solent Sensors Ltd"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page := s.as(store.PermissionAdviser).Get("/companies/" + string(hostileID)); page.Code != http.StatusOK || strings.Contains(page.Body.String(), "<b>bold") {
		t.Errorf("a record's text is markup: %d", page.Code)
	}
	if page := s.as(store.PermissionViewer).Get("/companies/" + string(oursID)).Body.String(); strings.Contains(page, "Our records") || strings.Contains(page, "Pat Lee") {
		t.Error("a viewer sees our records")
	}
}
