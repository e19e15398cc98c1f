//go:build unix

package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/imports"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestTheRegistryGoesRoundWhole exports organisations with all that the registry
// keeps of them, merges in chains included, and imports the list: at home nothing changes,
// an empty federation exports the same, and edits of the list become
// exactly those commands.
func TestTheRegistryGoesRoundWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	dir := t.TempDir()
	home, empty := aloneIn(t, filepath.Join(dir, "home")), aloneIn(t, filepath.Join(dir, "empty"))
	home.at("otv", "org", "add", "Acme Robotics Ltd", "--identifier", "GB-COH:99000001", "--lead", "wessex", "--sector", "digital", "--size", "10-49", "--postcode-district", "OX4")
	home.at("otv", "org", "add", "Ford Trust", "--identifier", "GB-CHC:1234567", "--kind", "university", "--lead", "otv")
	home.at("otv", "org", "add", "Acme Robots", "--identifier", "GB-COH:99000003")
	home.at("otv", "org", "add", "Acme Robotic", "--identifier", "GB-COH:99000004")
	home.at("otv", "org", "add", "Bare Clinic")
	home.at("otv", "org", "update", "GB-CHC:1234567", "--status", "dissolved", "--as-of", "2022-05-01")
	home.at("otv", "org", "merge", "GB-COH:99000004", "GB-COH:99000003")
	home.at("otv", "org", "merge", "GB-COH:99000003", "GB-COH:99000001")
	before := home.at("otv", "export", "organisations")
	list := filepath.Join(dir, "out.csv")
	write(t, list, before)
	if c := importFates(home, list); c["known already"] != "5" || c["rows"] != "5" {
		t.Errorf("back where it came from: %v", c)
	}
	if plan := importsJSON(home, list, "--dry-run"); len(plan.Differences) != 0 || plan.Known != 5 {
		t.Errorf("tried where it came from: %+v", plan)
	}
	if plan := importsJSON(empty, list, "--dry-run"); plan.Added != 5 || plan.Merged != 2 || !slices.Equal(plan.Unused, []string{"Supporting regions"}) {
		t.Errorf("tried into an empty federation: %+v", plan)
	}
	if c := importFates(empty, list); c["added"] != "5" || c["of them merged into another"] != "2" {
		t.Errorf("into an empty federation: %v", c)
	}
	for name, f := range map[string]*independent{"home": home, "empty": empty} {
		if after := f.at("otv", "export", "organisations"); after != before {
			t.Errorf("%s exports otherwise:\n%s", name, differences(before, after))
		}
	}

	// A person edits the list in a spreadsheet.
	edited := edit(t, before, map[string]map[string]string{
		"GB-COH:99000001": {"Company name": "Acme Systems Ltd", "Status": "active", "Lead region": "otv", "Supporting regions": "otv"},
		"GB-CHC:1234567":  {"Sector": "services", "As of": "01/06/2022"},
		"GB-COH:99000004": {"Size": "0-9"},
	})
	write(t, list, edited)
	plan := importsJSON(home, list, "--dry-run")
	if got := told(plan.Differences); got != strings.TrimSpace(`
GB-CHC:1234567 name_as_of:  -> 2022-06-01
GB-CHC:1234567 sector:  -> services
GB-COH:99000001 lead_region: wessex -> otv: wessex leads it, and the first lead stays
GB-COH:99000001 name: Acme Robotics Ltd -> Acme Systems Ltd
GB-COH:99000001 status:  -> active
GB-COH:99000001 supporting_regions:  -> otv: each AHSN reports itself whom it supported: nobody can do it for another
GB-COH:99000004 size_band:  -> 0-9: it was merged into GB-COH:99000001: correct that one, or undo the merge with "tracker org split GB-COH:99000004" first`) {
		t.Errorf("the plan:\n%s", got)
	}
	if after := home.at("otv", "export", "organisations"); after != before {
		t.Errorf("the dry run changed it:\n%s", differences(before, after))
	}
	done := importsJSON(home, list)
	if done.Updated != 2 || done.Refused != 1 || done.Known != 2 || told(done.Differences) != told(plan.Differences) {
		t.Errorf("%+v", done)
	}
	var acme survey.Organisation
	if err := json.Unmarshal([]byte(home.at("otv", "org", "show", "GB-COH:99000001", "--json")), &acme); err != nil {
		t.Fatal(err)
	}
	if acme.Name != "Acme Systems Ltd" || acme.Status != survey.StatusActive || acme.LeadRegion != "wessex" || acme.Sector != survey.SectorDigital {
		t.Errorf("%+v", acme)
	}
	if again := importsJSON(home, list); again.Updated != 0 || again.Added != 0 {
		t.Errorf("a second time: %+v", again)
	}

	if _, talk, err := home.try("org", "update", "GB-COH:99000001", "--lead", "otv", "--sector", "digital", "--dir", home.nodes["otv"].Dir); err == nil || !strings.Contains(talk, `Not accepted: lead region "otv": the registry has "wessex"; the first lead of an organisation stays.`) {
		t.Errorf("an update that was not taken: %v %s", err, talk)
	}

	// A merge that a person writes into the list is carried out once, and the
	// merged row says nothing of the one that remains.
	before = home.at("otv", "export", "organisations")
	write(t, list, edit(t, before, map[string]map[string]string{"GB-CHC:1234567": {"Merged into": "GB-COH:99000001"}}))
	if done := importsJSON(home, list); done.Merged != 1 || done.Updated != 1 || done.Refused != 0 {
		t.Errorf("merged by the list: %+v", done)
	}
	merged := home.at("otv", "export", "organisations")
	for range 2 {
		if again := importsJSON(home, list); again.Updated+again.Added+again.Refused+again.Merged != 0 || again.Known != 5 {
			t.Errorf("merged a second time: %+v", again)
		}
	}
	if after := home.at("otv", "export", "organisations"); after != merged || !strings.Contains(after, "Ford Trust") {
		t.Errorf("the list changed it again:\n%s", differences(merged, after))
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// importsJSON imports a list of organisations and returns the summary.
func importsJSON(f *independent, path string, flags ...string) imports.Summary {
	f.t.Helper()
	out, talk, err := f.try(append([]string{"import", "organisations", path, "--json", "--dir", f.nodes["otv"].Dir}, flags...)...)
	var s imports.Summary
	if jsonErr := json.Unmarshal([]byte(out), &s); jsonErr != nil {
		f.t.Fatalf("%v %v %s%s", err, jsonErr, out, talk)
	}
	return s
}

// edit changes cells of the rows that begin with an identifier.
func edit(t *testing.T, list string, edits map[string]map[string]string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(list)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for column, cell := range edits[row[0]] {
			row[slices.Index(rows[0], column)] = cell
		}
	}
	var out strings.Builder
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

func told(differences []imports.Difference) string {
	var lines []string
	for _, d := range differences {
		line := string(d.Organisation) + " " + d.Field + ": " + d.Before + " -> " + d.After
		if d.Problem != "" {
			line += ": " + d.Problem
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
