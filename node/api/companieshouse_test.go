package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/companieshouse"
	"github.com/ahsn-network/tracker/store/survey"
)

const registerHeader = "CompanyName, CompanyNumber,RegAddress.PostCode,CompanyStatus,PreviousName_1.CONDATE, PreviousName_1.CompanyName\n"

// withRegister opens an API that looks companies up in a file with these rows,
// none if there are none.
func withRegister(t *testing.T, registry *fakeRegistry, rows string) (h http.Handler, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), companieshouse.FileName)
	if rows != "" {
		if _, err := companieshouse.Build(t.Context(), path, strings.NewReader(registerHeader+rows), "2026-11-01"); err != nil {
			t.Fatal(err)
		}
	}
	lookup := companieshouse.Open(path)
	t.Cleanup(func() { lookup.Close() })
	return openWith(t, registry, &fakeRooms{}, func(o *api.Options) { o.Companies = lookup }), path
}

const acmeRow = "ACME MEDICAL LIMITED,07209813,OX4 4GA,Active,05/06/2019,WIDGETS LIMITED\n"

func TestACompanyIsShownAsRegistered(t *testing.T) {
	h, path := withRegister(t, &fakeRegistry{}, acmeRow)
	a := ask(t, h, "viewer", "GET", "/api/v1/companies-house/7209813", "")
	want(t, a, 200)
	if got := a.json(t); got["name"] != "ACME MEDICAL LIMITED" || got["as_of"] != "2026-11-01" || got["status"] != "active" || got["postcode_district"] != "OX4" {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "viewer", "GET", "/api/v1/companies-house/99000001", "")
	want(t, a, 404)
	if d := a.problem(t).Detail; !strings.Contains(d, "not in the register") {
		t.Error(d)
	}
	want(t, ask(t, h, "viewer", "GET", "/api/v1/companies-house/!", ""), 422)
	want(t, ask(t, h, "", "GET", "/api/v1/companies-house/7209813", ""), 401)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	a = ask(t, h, "viewer", "GET", "/api/v1/companies-house/7209813", "")
	want(t, a, 404)
	if d := a.problem(t).Detail; !strings.Contains(d, "no register was imported") {
		t.Error(d)
	}
}

// TestTheRegisterFillsInWhatIsAdded: also in a list, and never over what was
// given; a damaged file keeps nobody from adding.
func TestTheRegisterFillsInWhatIsAdded(t *testing.T) {
	var added []survey.NewOrganisation
	registry := &fakeRegistry{AddFn: func(_ survey.Request, list []survey.NewOrganisation) ([]survey.Outcome, error) {
		added = list
		var done []survey.Outcome
		for range list {
			done = append(done, survey.Outcome{Status: survey.OutcomeCreated, ID: acme})
		}
		return done, nil
	}}
	h, path := withRegister(t, registry, acmeRow)
	want(t, ask(t, h, "adviser", "POST", "/api/v1/organisations", `{"identifiers":["GB-COH:7209813"]}`), 201)
	if len(added) != 1 || added[0].Name != "ACME MEDICAL LIMITED" || added[0].NameAsOf != "2026-11-01" || added[0].PreviousNames[0].Name != "WIDGETS LIMITED" {
		t.Errorf("%+v", added)
	}
	want(t, ask(t, h, "adviser", "POST", "/api/v1/organisations:batch", `{"organisations":[{"name":"Acme","identifiers":["GB-COH:7209813"],"postcode_district":"LS1"},{"name":"Other","identifiers":["GB-COH:99000001"]}]}`), 200)
	if added[0].Name != "Acme" || added[0].Postcode != "LS1" || added[0].Status != survey.StatusActive || added[1].Status != "" {
		t.Errorf("%+v", added)
	}
	if err := os.WriteFile(path+".new", []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	want(t, ask(t, h, "adviser", "POST", "/api/v1/organisations", `{"name":"Acme","identifiers":["GB-COH:7209813"]}`), 201)
	if added[0].Name != "Acme" || added[0].Status != "" {
		t.Errorf("%+v", added)
	}
}

func TestOutdatedOrganisations(t *testing.T) {
	known := []survey.Organisation{
		{ID: acme, Name: "Widgets Ltd", NameAsOf: "2018-01-01", Identifiers: []survey.Identifier{acme}, LeadRegion: region, Status: survey.StatusActive, Postcode: "OX4"},
		{ID: "GB-COH:99000001", Name: "Same Ltd", Identifiers: []survey.Identifier{"GB-COH:99000001"}, LeadRegion: "wm", Status: survey.StatusActive, Postcode: "B1"},
		{ID: "GB-COH:99000002", Name: "Moved Ltd", Identifiers: []survey.Identifier{"GB-COH:99000002"}, LeadRegion: "wm", Status: survey.StatusActive, Postcode: "B1"},
		{ID: "GB-CHC:1", Name: "A charity", Identifiers: []survey.Identifier{"GB-CHC:1"}, LeadRegion: region},
	}
	registry := &fakeRegistry{OrganisationsFn: func(after string, limit int) ([]survey.Organisation, string) {
		var found []survey.Organisation
		for _, o := range known {
			if string(o.ID) > after || after == "" {
				found = append(found, o)
			}
		}
		return found, ""
	}}
	h, _ := withRegister(t, registry, acmeRow+"SAME LIMITED,99000001,B1 1AA,Active,,\nMOVED LIMITED,99000002,B2 1AA,Active,,\n")
	a := ask(t, h, "viewer", "GET", "/api/v1/organisations/outdated", "")
	want(t, a, 200)
	items := a.json(t)["items"].([]any)
	if len(items) != 2 {
		t.Fatalf("%s", a.text)
	}
	first := items[0].(map[string]any)
	if update := first["update"].(map[string]any); update["name"] != "ACME MEDICAL LIMITED" || update["name_as_of"] != "2026-11-01" {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "viewer", "GET", "/api/v1/organisations/outdated?region=wm", "")
	if items := a.json(t)["items"].([]any); len(items) != 1 || items[0].(map[string]any)["organisation"].(map[string]any)["id"] != "GB-COH:99000002" {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "viewer", "GET", "/api/v1/organisations/outdated?region=nowhere", ""), 422)
	bare, _ := withRegister(t, registry, "")
	want(t, ask(t, bare, "viewer", "GET", "/api/v1/organisations/outdated", ""), 404)
}
