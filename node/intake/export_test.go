package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// nation adds lists to the registry of the tests.
type nation struct{ registry }

func (nation) Organisations(after string, _ int) ([]survey.Organisation, string) {
	if after != "" {
		return nil, ""
	}
	o := company(1)
	o.Identifiers = []survey.Identifier{o.ID, "GB-CHC:1234"}
	return []survey.Organisation{o}, "more"
}

func (nation) MergedOrganisations(string, int) ([]survey.Organisation, string) { return nil, "" }

func (nation) Claims(filter survey.ClaimFilter, _ string, _ int) ([]survey.Claim, string) {
	var claims []survey.Claim
	for n, state := range map[int]survey.ClaimState{1: survey.Claimed, 2: survey.Contacted, 3: survey.Responded} {
		claims = append(claims, survey.Claim{Organisation: company(n).ID, Cycle: filter.Cycle, Region: us, State: state, ClaimedAt: now})
	}
	return claims, ""
}

func exported(t *testing.T, s *store.Store, name string, format sheet.Format) string {
	t.Helper()
	var out bytes.Buffer
	if err := (intake.Exporter{Region: us, Records: s, Registry: nation{}}).Export(context.Background(), name, cycle, format, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const contacts = "Company,Name,Email,Consent,otv.lep,Notes\n99000001,\"O'Neill, =A\",a@example.org,given,Oxon,'=1+1\n99000002,+44 B,,,,\"two\nlines\"\n99000003,C,c@example.org,withdrawn,,\n"

// An exported list that is imported again, in either format, changes nothing; edited in the
// spreadsheet, it changes those same records.
func TestExportsImportAgain(t *testing.T) {
	d, s, _ := opened(t)
	ctx := context.Background()
	for _, l := range []struct{ kind, text string }{{"contacts", contacts}, {"interactions", interactions}, {"responses", limeSurvey}} {
		im, err := d.Plan(ctx, list(l.kind, l.kind), strings.NewReader(l.text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Commit(ctx, im.ID, 7, now); err != nil {
			t.Fatal(err)
		}
		for _, format := range []sheet.Format{sheet.CSV, sheet.CSVBOM, sheet.XLSX} {
			again, err := d.Plan(ctx, list(l.kind, l.kind+string(format)), strings.NewReader(exported(t, s, l.kind, format)))
			if err != nil || again.Rows == 0 || again.Known != again.Rows {
				t.Errorf("%s as %s: %+v %v", l.kind, format, again, err)
			}
		}
	}
	text := exported(t, s, "contacts", sheet.CSV)
	if !strings.Contains(text, "'=1+1") || !strings.Contains(text, "'+44 B") || !strings.HasPrefix(text, "Record,organisation,name,") {
		t.Errorf("%s", text)
	}
	im, err := d.Plan(ctx, list("contacts", "edited"), strings.NewReader(strings.Replace(text, "c@example.org", "d@example.org", 1)))
	if err != nil || im.Updated != 1 || im.Known != 2 || im.Changes[0].After != "d@example.org" {
		t.Errorf("%+v %v", im, err)
	}
}

func TestListsOfTheNation(t *testing.T) {
	_, s, _ := opened(t)
	if text := exported(t, s, "organisations", sheet.CSV); !strings.Contains(text, "GB-COH:99000001 GB-CHC:1234,Company 1 Ltd,") {
		t.Errorf("%s", text)
	}
	if text := exported(t, s, "claims", sheet.CSV); strings.Count(text, "\n") != 4 || !strings.Contains(text, "otv,responded") {
		t.Errorf("%s", text)
	}
	for name, wanted := range map[string]error{"wishes": survey.ErrNotFound, "claims": survey.ErrInvalid} {
		err := (intake.Exporter{Region: us, Records: s, Registry: nation{}}).Export(context.Background(), name, "", sheet.CSV, &bytes.Buffer{})
		if !errors.Is(err, wanted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheMailingListLeavesOutWhoDoesNotWantIt(t *testing.T) {
	d, s, _ := opened(t)
	im, err := d.Plan(context.Background(), list("contacts", "a"), strings.NewReader("Company,Name,Email,Opt out,Main\n"+
		"99000001,Not her,x@example.org,yes,yes\n99000001,Second,s@example.org,,no\n99000001,Main,m@example.org,,yes\n99000002,Gone,g@example.org,yes,\n99000003,Done,d@example.org,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if im, err = d.Commit(context.Background(), im.ID, 7, now); err != nil || im.Added != 5 {
		t.Fatalf("%+v %v", im, err)
	}
	text := exported(t, s, "mailing", sheet.CSV)
	if strings.Count(text, "\n") != 3 || !strings.Contains(text, "Main,m@example.org") || strings.Contains(text, "Gone") || strings.Contains(text, "Done") || strings.Contains(text, "Not her") {
		t.Errorf("%s", text)
	}
}

func BenchmarkPlan(b *testing.B) {
	d, _, _ := opened(b)
	var text strings.Builder
	text.WriteString("CRN,Date,Channel,Two-way,Minutes,Innovation\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "99000001,2022-06-01,call,yes,%d,Pump %d\n", i%90, i)
	}
	for i := 0; b.Loop(); i++ {
		if im, err := d.Plan(context.Background(), list("interactions", fmt.Sprint(i)), strings.NewReader(text.String())); err != nil || im.Added != 20_000 {
			b.Fatal(im, err)
		}
	}
	b.ReportMetric(float64(20_000*b.N)/b.Elapsed().Seconds(), "rows/s")
}
