package api_test

import (
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// fakeAudit is an audit log.
type fakeAudit []store.AuditEntry

func (f fakeAudit) Audit(after uint64, limit int) ([]store.AuditEntry, uint64, error) {
	from := min(int(after), len(f))
	to := min(from+limit, len(f))
	if to == len(f) {
		return f[from:to], 0, nil
	}
	return f[from:to], uint64(to), nil
}

func TestTheAuditLogIsReadPageByPage(t *testing.T) {
	var log fakeAudit
	for n := uint64(1); n <= 250; n++ {
		log = append(log, store.AuditEntry{Sequence: n, Action: "sign-in"})
	}
	h := openWith(t, &fakeRegistry{}, &fakeRooms{}, func(o *api.Options) { o.Audit = log })
	seen, cursor := 0.0, ""
	for range 3 {
		a := ask(t, h, "administrator", "GET", "/api/v1/audit?limit=100&cursor="+cursor, "")
		want(t, a, 200)
		for _, item := range a.json(t)["items"].([]any) {
			if seen++; item.(map[string]any)["sequence"] != seen {
				t.Fatalf("entry %v at place %v", item, seen)
			}
		}
		cursor, _ = a.json(t)["next"].(string)
	}
	if seen != 250 || cursor != "" {
		t.Errorf("%v entries, cursor %q", seen, cursor)
	}
	want(t, ask(t, h, "administrator", "GET", "/api/v1/audit?cursor=x", ""), 400)
}

// TestAnOrganisationIsUpdated: what is given is added from a day on; what is
// faulty or empty is refused.
func TestAnOrganisationIsUpdated(t *testing.T) {
	var added []survey.NewOrganisation
	registry := &fakeRegistry{AddFn: func(_ survey.Request, list []survey.NewOrganisation) ([]survey.Outcome, error) {
		added = list
		return []survey.Outcome{{Status: survey.OutcomeUpdated, ID: acme}}, nil
	}, OrganisationFn: func(id survey.Identifier) (survey.Organisation, error) {
		if id != acme {
			return survey.Organisation{}, fmt.Errorf("%s: %w", id, survey.ErrNotFound)
		}
		return survey.Organisation{ID: acme, Name: "Acme Ltd"}, nil
	}}
	h := open(t, registry, &fakeRooms{})
	const path = "/api/v1/organisations/GB-COH:7209813"
	want(t, ask(t, h, "adviser", "PATCH", path, `{"name":"Acme Robotics","name_as_of":"2023-05-01","sector":"digital"}`), 200)
	if len(added) != 1 || added[0].Name != "Acme Robotics" || added[0].NameAsOf != "2023-05-01" || added[0].Sector != survey.SectorDigital || added[0].Identifiers[0] != acme {
		t.Errorf("%+v", added)
	}
	want(t, ask(t, h, "adviser", "PATCH", path, `{"lead_region":"otv"}`), 200)
	if added[0].Name != "" || added[0].NameAsOf == "" || added[0].LeadRegion != region {
		t.Errorf("%+v", added)
	}
	added = nil
	want(t, ask(t, h, "adviser", "PATCH", path, `{"lead_region":"nowhere"}`), 422)
	want(t, ask(t, h, "adviser", "PATCH", path, `{"colour":"red"}`), 422)
	want(t, ask(t, h, "adviser", "PATCH", "/api/v1/organisations/GB-COH:99000001", `{"name":"X"}`), 404)
	want(t, ask(t, h, "viewer", "PATCH", path, `{"name":"X"}`), 403)
	if added != nil {
		t.Errorf("a faulty update was sent: %+v", added)
	}
}
