package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	us    survey.Region = "otv"
	cycle survey.Cycle  = "2022-23"
)

var now = time.Date(2023, 6, 1, 9, 0, 0, 0, time.UTC)

// registry knows five companies. wessex holds the fourth; the fifth shares its
// name with the third.
type registry struct{}

func company(n int) survey.Organisation {
	name := fmt.Sprintf("Company %d Ltd", n)
	if n == 5 {
		name = "COMPANY 3 LIMITED"
	}
	return survey.Organisation{ID: survey.Identifier(fmt.Sprintf("GB-COH:%08d", 99000000+n)), Name: name, Sector: survey.SectorDigital, SizeBand: survey.SizeSmall}
}

func (registry) Organisation(id survey.Identifier) (survey.Organisation, error) {
	for n := 1; n <= 5; n++ {
		if o := company(n); o.ID == id {
			return o, nil
		}
	}
	return survey.Organisation{}, survey.ErrNotFound
}

func (registry) SearchOrganisations(string, int) []survey.OrganisationMatch {
	var all []survey.OrganisationMatch
	for n := 1; n <= 5; n++ {
		all = append(all, survey.OrganisationMatch{Organisation: company(n)})
	}
	return all
}

func (registry) Campaign(c survey.Cycle) (survey.Campaign, error) {
	if c != cycle {
		return survey.Campaign{}, survey.ErrNotFound
	}
	return survey.Campaign{Cycle: c, Questionnaire: "nq-1", State: survey.CampaignOpen}, nil
}

func (registry) Campaigns() []survey.Campaign {
	return []survey.Campaign{{Cycle: "2021-22"}, {Cycle: cycle}}
}

func (registry) ClaimOf(of survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	if id == company(2).ID && of == "2021-22" {
		return survey.Claim{Organisation: id, Region: "sw", State: survey.Responded, ChangedAt: now.AddDate(-1, 0, 0)}, nil
	}
	if id == company(4).ID {
		return survey.Claim{Organisation: id, Region: "wessex", State: survey.Claimed, ClaimedAt: now}, nil
	}
	return survey.Claim{}, survey.ErrNotFound
}

func opened(t testing.TB) (*intake.Importer, *store.Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: us})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if report, err := s.Check(context.Background()); err != nil || !report.Clean() {
			t.Errorf("check: %v %+v", err, report.Findings)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := intake.Open(intake.Options{Dir: filepath.Join(dir, "imports"), Region: us, Records: s.Imports(), Registry: registry{}})
	if err != nil {
		t.Fatal(err)
	}
	return d, s, filepath.Join(dir, "imports")
}

func list(kind, name string) sheet.List {
	return sheet.List{ID: survey.RecordID("imports", kind, name), Kind: kind, Cycle: cycle, Name: name, Actor: 7, At: now}
}

const interactions = "CRN;Date of interaction;Type;Two-way;Duration;Product;Comments;LEP\r\n" +
	"99000001;03/04/2022;Call;Y;45;Pump;\"first; and last\";Oxon\r\n" +
	"99000002;2022-06-01;newsletter;no;;;;\r\n" +
	"99000009;01/06/2022;call;yes;30;Pump;;\r\n" +
	"99000003;31/02/2022;call;yes;thirty;Pump;;\r\n" +
	";01/06/2022;phone;yes;30;Pump;;\r\n"

func TestAListIsPlannedCommittedAndUndone(t *testing.T) {
	d, s, dir := opened(t)
	ctx := context.Background()
	im, err := d.Plan(ctx, list("interactions", "a.csv"), strings.NewReader(interactions))
	if err != nil {
		t.Fatal(err)
	}
	if im.State != survey.ImportPlanned || im.Rows != 5 || im.Added != 2 || im.Refused != 3 || len(im.Changes) != 2 {
		t.Errorf("%+v", im)
	}
	if found, _, _ := s.Records(store.RecordFilter{Kind: survey.RecordInteractions}, "", 0); len(found) != 0 {
		t.Error("a plan recorded something")
	}
	var rejects bytes.Buffer
	if err := d.Rejects(im.ID, &rejects); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Why it was refused,CRN,Date of interaction", "row 4: GB-COH:99000009 is not registered", "row 5: ", "there is no such day", "Duration: ", "not a number", "row 6: the row does not say which organisation", "99000003,31/02/2022,call"} {
		if !strings.Contains(rejects.String(), want) {
			t.Errorf("the rejects lack %q:\n%s", want, rejects.String())
		}
	}
	im, err = d.Commit(ctx, im.ID, 7, now)
	if err != nil || im.State != survey.ImportCommitted || im.Added != 2 {
		t.Fatalf("%+v %v", im, err)
	}
	if again, err := d.Commit(ctx, im.ID, 7, now); err != nil || again.Added != 2 || len(again.Problems) == 0 {
		t.Errorf("%+v %v", again, err)
	}
	again, err := d.Plan(ctx, list("interactions", "b.csv"), strings.NewReader(interactions))
	if err != nil || again.Known != 2 || again.Added != 0 {
		t.Errorf("the same list again: %+v %v", again, err)
	}
	found, _, err := s.Records(store.RecordFilter{Kind: survey.RecordInteractions, Organisation: company(1).ID}, "", 0)
	if err != nil || len(found) != 1 || found[0].Text("note") != "first; and last" || found[0].Text("date") != "2022-04-03" || !survey.Meaningful(found[0]) {
		t.Errorf("%+v %v", found, err)
	}
	if _, err := d.Undo(ctx, im.ID, 7, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if im, err = d.Import(im.ID); err != nil || im.State != survey.ImportUndone {
		t.Errorf("%+v %v", im, err)
	}
	for _, entry := range mustRead(t, dir) {
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", entry.Name(), info.Mode())
		}
	}
	// A day later no file of the lists is left.
	if _, err := d.Plan(ctx, sheet.List{ID: survey.RecordID("imports", "late"), Kind: "interactions", Name: "late", At: time.Now().Add(25 * time.Hour)}, strings.NewReader("x\n")); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if left := mustRead(t, dir); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
}

func mustRead(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestAMappingIsRememberedForListsOfThatShape(t *testing.T) {
	d, s, _ := opened(t)
	ctx := context.Background()
	const text = "Firm,Who,Mail,OK?\nCompany 1 Limited,A. Person,a@example.org,ja\nCompany 3 Ltd,B,b@example.org,nein\n"
	if _, err := d.Plan(ctx, list("contacts", "a"), strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "organisation") {
		t.Fatalf("without a mapping: %v", err)
	}
	l := list("contacts", "b")
	var err error
	l.Saved, err = sheet.ParseSaved([]byte("columns:\n  Firm: organisation\n  Who: name\n  \"OK?\": consent\nvalues:\n  consent: {ja: given, nein: withdrawn}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Plan(ctx, l, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	im, err := d.Commit(ctx, l.ID, 7, now)
	if err != nil || im.Added != 1 || im.Refused != 1 || !strings.Contains(fmt.Sprint(im.Problems), "several organisations have this name") {
		t.Fatalf("%+v %v", im, err)
	}
	found, _, _ := s.Records(store.RecordFilter{Kind: survey.RecordContacts}, "", 0)
	if len(found) != 1 || found[0].Text("consent") != "given" || found[0].Text("email") != "a@example.org" {
		t.Errorf("%+v", found)
	}
	reordered := "OK?,Mail,Firm,Who\nnein,c@example.org,99000002,C\n"
	im, err = d.Plan(ctx, list("contacts", "c"), strings.NewReader(reordered))
	if err != nil || im.Added != 1 || !strings.Contains(fmt.Sprint(im.Notes), "mapping") {
		t.Errorf("%+v %v", im, err)
	}
	for _, wrong := range []string{"columns: {Shoe: name}", "columns: {Firm: shoes}", "colums: {}", "columns: 7"} {
		l := list("contacts", wrong)
		if l.Saved, err = sheet.ParseSaved([]byte(wrong)); err == nil {
			_, err = d.Plan(ctx, l, strings.NewReader(text))
		}
		if err == nil {
			t.Errorf("%s passes", wrong)
		}
	}
}

// limeSurvey is an export with question codes, as LimeSurvey writes it: parts
// and options in columns of their own.
const limeSurvey = `"id","submitdate","lastpage","startlanguage","seed","company number","q01","q02[otv]","q02[none]","q03","q04","q05","q06","q07[equity]","q07[debt]","q08","q10","q11","q11[trl]","q13[pricing]","q13[other]","q14"
"1","2023-06-01 10:00:00","5","en","123","99000001","yes","Y","","20.5","5","2","1","£1,000,000","","250k","3","Spread","9","Y","","4 - Likely"
"2","2023-06-01 11:00:00","5","en","124","99000002","yes","Y","","don't know","","","","","","refused","0","","","","",""
"3","","2","en","125","99000004","yes","Y","","1","","","","","","","","","","","",""
"4","","2","en","126","99000003","yes","Y","","1","7","","","","","","","","","","",""
`

func TestLimeSurveyLayout(t *testing.T) {
	d, s, _ := opened(t)
	im, err := d.Plan(context.Background(), list("responses", "lime.csv"), strings.NewReader(limeSurvey))
	if err != nil {
		t.Fatal(err)
	}
	if im.Added != 2 || im.Refused != 2 {
		t.Errorf("%+v", im)
	}
	if text := fmt.Sprint(im.Problems); !strings.Contains(text, "has held this company since 1 June 2023") || !strings.Contains(text, "more new posts") {
		t.Errorf("%s", text)
	}
	if _, err := d.Commit(context.Background(), im.ID, 7, now); err != nil {
		t.Fatal(err)
	}
	r, err := s.Response(cycle, company(1).ID)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := r.Answers.MarshalJSON()
	want := `{"q01":"yes","q02":["otv"],"q03":20.50,"q04":5.00,"q05":2.00,"q06":1.00,"q07":{"equity":1000000.00},"q08":250000.00,"q10":3,"q11":{"stage":"spread","trl":9},"q13":["pricing"],"q14":4}`
	if string(text) != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	r, err = s.Response(cycle, company(2).ID)
	if text, _ := r.Answers.MarshalJSON(); err != nil || string(text) != `{"q01":"yes","q02":["otv"],"q03":"dont_know","q08":"refused","q10":0}` {
		t.Errorf("%s %v", text, err)
	}
}

func TestMicrosoftFormsLayout(t *testing.T) {
	d, s, _ := opened(t)
	ask, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		t.Fatal(err)
	}
	q := func(id survey.QuestionID) string {
		question, _ := ask.Question(id)
		return question.Asked(cycle)
	}
	columns := []string{"ID", "Start time", "Completion time", "Email", "Name", "Organisation", q("q01"), q("q10"), q("q13"), q("q14")}
	book, err := sheet.NewBook(func() (c []sheet.Column) {
		for _, name := range columns {
			c = append(c, sheet.Column{Name: name})
		}
		return c
	}())
	if err != nil {
		t.Fatal(err)
	}
	book.Row("1", "6/1/23 10:00:00", "6/1/23 10:09:00", "anonymous", "Some Person", "Company 2 Ltd", "It has a new name", "7", "Pricing;Clinical trialling and research design;", "Very likely")
	var data bytes.Buffer
	if _, err := book.WriteTo(&data); err != nil {
		t.Fatal(err)
	}
	im, err := d.Plan(context.Background(), list("responses", "forms.xlsx"), bytes.NewReader(data.Bytes()))
	if err != nil || im.Added != 1 {
		t.Fatalf("%+v %v", im, err)
	}
	if _, err := d.Commit(context.Background(), im.ID, 7, now); err != nil {
		t.Fatal(err)
	}
	r, err := s.Response(cycle, company(2).ID)
	if text, _ := r.Answers.MarshalJSON(); err != nil || string(text) != `{"q01":"renamed","q10":7,"q13":["pricing","clinical_trialling"],"q14":5}` {
		t.Errorf("%s %v", text, err)
	}
}

func TestListsThatCannotBeReadChangeNothing(t *testing.T) {
	d, s, dir := opened(t)
	good := "CRN,Name\n99000001,A\n"
	for name, text := range map[string]string{
		"empty": "", "header only of nothing": "a,b\n", "header only": "CRN,Name\n", "header and blanks": "CRN,Name\n,,\n\n",
		"a missing column": "CRN,Email\n99000001,a@example.org\n", "mixed encodings": good + "99000002,Zoë\n99000003,caf\xe9\n", "an open quote": good + "99000002,\"B\n", "a NUL": good + "99000002,B\x00\n",
		"twice the same column": "CRN,Name,Contact name\n", "no name": "CRN\n1\n", "a pdf": "%PDF-1.4", "a broken zip": "PK\x03\x04zzzz",
	} {
		if im, err := d.Plan(context.Background(), list("contacts", name), strings.NewReader(text)); !errors.Is(err, survey.ErrInvalid) || !strings.Contains(fmt.Sprint(err), name) {
			t.Errorf("%s: %+v %v", name, im, err)
		}
	}
	if left := mustRead(t, dir); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	if found, _, _ := s.Records(store.RecordFilter{Kind: survey.RecordContacts}, "", 0); len(found) != 0 {
		t.Error("something was recorded")
	}
	if _, err := d.Import("no-such"); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := d.Commit(context.Background(), "../records", 1, now); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := d.Plan(context.Background(), list("wishes", "x"), strings.NewReader(good)); err == nil {
		t.Error("an unknown kind is read")
	}
}
