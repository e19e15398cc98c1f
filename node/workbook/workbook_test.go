package workbook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/node/workbook"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

const cycle = federationtest.Cycle

// companies of the tests, in the order of the sheet.
var companies = []survey.Identifier{"GB-COH:99000001", "GB-COH:99000002", "GB-COH:99000003", "GB-COH:99000004", "GB-COH:99000005", "GB-COH:99000006"}

// desk is a person's sheet.
type desk struct {
	t     *testing.T
	book  workbook.Workbook
	head  []string
	rows  [][]string
	asked int
}

// withDesk runs a test on a federation of three: the desk belongs to gm; wessex holds the third
// company, gm the fourth and fifth.
func withDesk(t *testing.T, test func(d *desk, f *federationtest.Federation)) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: []survey.Region{"gm", "wessex", "otv"}, Seed: 1})
		f.AwaitReady(30 * time.Second)
		gm := f.As("gm")
		gm.OpenCampaign()
		gm.AddCompanies(companies...)
		f.As("wessex").Claim(companies[2])
		gm.Claim(companies[3])
		gm.Claim(companies[4])
		f.Await(5*time.Second, "gm seeing all claims", []survey.Region{"gm"}, func(n *federationtest.Node) bool {
			return n.Holder(companies[2]) == "wessex" && n.Holder(companies[4]) == "gm"
		})
		d := &desk{t: t, book: workbook.Workbook{Region: "gm", Registry: nationOf(gm)}}
		d.export()
		test(d, f)
	})
}

// nation is a node's copy of the registry and the commands to change it.
type (
	organisations = federation.Organisations
	claims        = federation.Claims
	nation        struct {
		organisations
		claims
	}
)

func nationOf(n *federationtest.Node) nation { return nation{n.Organisations(), n.Federation.Claims()} }

func (d *desk) export() {
	d.t.Helper()
	var file bytes.Buffer
	if err := d.book.Write(d.t.Context(), cycle, &file); err != nil {
		d.t.Fatal(err)
	}
	table, err := sheet.Open(bytes.NewReader(file.Bytes()), int64(file.Len()), sheet.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	defer table.Close()
	d.head, d.rows = table.Header(), nil
	for r, err := range table.Rows() {
		if err != nil {
			d.t.Fatal(err)
		}
		d.rows = append(d.rows, r.Cells)
	}
}

// write puts text into a cell: row counts companies from 0.
func (d *desk) write(row int, column, text string) {
	d.t.Helper()
	i := slices.Index(d.head, column)
	if i < 0 {
		d.t.Fatalf("no column %q in %q", column, d.head)
	}
	d.rows[row][i] = text
}

// send saves the sheet as a workbook and sends it. It returns each result in a
// line.
func (d *desk) send(dryRun bool) []string {
	d.t.Helper()
	d.asked++
	return d.sendAs(fmt.Sprintf("request-%d", d.asked), dryRun)
}

func (d *desk) sendAs(request string, dryRun bool) []string {
	d.t.Helper()
	columns := make([]sheet.Column, len(d.head))
	for i, name := range d.head {
		columns[i].Name = name
	}
	book, err := sheet.NewBook(columns)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, r := range d.rows {
		book.Row(r...)
	}
	var file bytes.Buffer
	if _, err := book.WriteTo(&file); err != nil {
		d.t.Fatal(err)
	}
	table, err := sheet.Open(bytes.NewReader(file.Bytes()), int64(file.Len()), sheet.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	defer table.Close()
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	edits, err := d.book.Read(ctx, survey.Request{ID: request, Actor: 7}, cycle, table, "2023-05-01", dryRun)
	if err != nil {
		d.t.Fatal(err)
	}
	lines := []string{}
	for _, e := range edits {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s | %s | %s %s", e.Row, e.Organisation, e.Edit, e.Status, e.Problem)))
	}
	return lines
}

func want(t *testing.T, what string, got []string, lines ...string) {
	t.Helper()
	if lines == nil {
		lines = []string{}
	}
	if !reflect.DeepEqual(got, lines) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

func TestAWorkbookThatWasNotEditedAsksForNothing(t *testing.T) {
	withDesk(t, func(d *desk, _ *federationtest.Federation) {
		if len(d.rows) != len(companies) {
			t.Fatalf("%d rows", len(d.rows))
		}
		want(t, "not edited", d.send(false))
		slices.Reverse(d.rows)
		d.rows = d.rows[2:]
		want(t, "sorted and with rows left out", d.send(false))
		d.write(0, "supported by", "whoever")
		want(t, "edited where nothing can be edited", d.send(false))
	})
}

func TestEditsBecomeCommands(t *testing.T) {
	withDesk(t, func(d *desk, f *federationtest.Federation) {
		d.write(0, "name", "Renamed Ltd")
		d.write(0, "sector", "digital")
		d.write(0, "holder", "gm")
		d.write(1, "holder", "GM")
		d.write(1, "state", "contacted")
		d.write(2, "holder", "gm")
		d.write(3, "state", "declined")
		d.write(3, "reason", "no-time")
		d.write(4, "holder", "wessex")
		planned := []string{
			"2 GB-COH:99000001 | name: Company 99000001 Ltd -> Renamed Ltd | planned", "2 GB-COH:99000001 | sector: medtech -> digital | planned",
			"2 GB-COH:99000001 | claim | planned", "3 GB-COH:99000002 | claim | planned", "3 GB-COH:99000002 | contact | planned",
			"4 GB-COH:99000003 | request | planned", "5 GB-COH:99000004 | decline: no-time | planned", "6 GB-COH:99000005 | offer to wessex | planned",
		}
		before := f.As("gm").Replica().Number()
		want(t, "dry run", d.send(true), planned...)
		if now := f.As("gm").Replica().Number(); now != before {
			t.Errorf("the dry run changed the registry from %d to %d", before, now)
		}
		done := []string{
			"2 GB-COH:99000001 | name: Company 99000001 Ltd -> Renamed Ltd | updated", "2 GB-COH:99000001 | sector: medtech -> digital | updated",
			"2 GB-COH:99000001 | claim | granted", "3 GB-COH:99000002 | claim | granted", "3 GB-COH:99000002 | contact | changed",
			"4 GB-COH:99000003 | request | changed", "5 GB-COH:99000004 | decline: no-time | changed", "6 GB-COH:99000005 | offer to wessex | changed",
		}
		want(t, "sent", d.sendAs("once", false), done...)
		want(t, "the same sheet under the same request", d.sendAs("once", false), done...)
		wessex := nationOf(f.As("wessex"))
		f.Await(5*time.Second, "wessex seeing it all", []survey.Region{"wessex"}, func(*federationtest.Node) bool {
			offered, err := wessex.ClaimOf(cycle, companies[4])
			return err == nil && offered.OfferedTo == "wessex"
		})
		for i, state := range []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Claimed, survey.Declined, survey.Transferring} {
			claim, err := wessex.ClaimOf(cycle, companies[i])
			if err != nil || claim.State != state {
				t.Errorf("%s: %+v, %v, want %s", companies[i], claim, err, state)
			}
		}
		if o, err := wessex.Organisation(companies[0]); err != nil || o.Name != "Renamed Ltd" || o.Sector != survey.SectorDigital || len(o.PreviousNames) != 1 {
			t.Errorf("%+v, %v", o, err)
		}
		d.export()
		want(t, "exported again", d.send(false))
	})
}

func TestWhatCannotBeIsRefusedRowByRow(t *testing.T) {
	cases := map[string]struct {
		row           int
		column, text  string
		column2, also string
		says          string
	}{
		"another region's claim":  {2, "state", "contacted", "", "", "wessex holds it: only wessex can change it"},
		"claim for another":       {0, "holder", "otv", "", "", "only otv can claim it for itself"},
		"give another's away":     {2, "holder", "otv", "", "", "wessex holds it: only wessex can give it away"},
		"no region":               {0, "holder", "nowhere", "", "", "there is no region of this name"},
		"no state":                {3, "state", "thinking", "", "", "a state is one of"},
		"answered in a cell":      {3, "state", "responded", "", "", "recording the answers makes it responded"},
		"declined without reason": {3, "state", "declined", "", "", "give the reason"},
		"a reason in words":       {3, "state", "declined", "reason", "they are on holiday", "a reason is one of"},
		"only a reason":           {3, "reason", "no-time", "", "", "a reason goes with a change of the state"},
		"state of a free company": {0, "state", "contacted", "", "", "nobody holds it: write gm as its holder"},
		"no sector":               {0, "sector", "farming", "", "", "a sector is one of"},
		"no size":                 {0, "size", "big", "", "", "a size is one of"},
		"no lead":                 {0, "lead", "north pole", "", "", "there is no region of this name"},
		"an emptied name":         {0, "name", "", "", "", "an empty cell takes nothing away"},
		"both at once":            {3, "holder", "wessex", "state", "contacted", "change either the holder or the state"},
		"a new row":               {0, "company", "New Ltd", "", "", "companies are added with"},
		"an unknown company":      {0, "company", "GB-COH:99999999", "", "", "does not know GB-COH:99999999"},
		"the last column":         {0, "as exported (do not edit)", "x", "", "", "was changed: export the workbook again"},
	}
	withDesk(t, func(d *desk, _ *federationtest.Federation) {
		for name, tc := range cases {
			d.export()
			d.write(tc.row, tc.column, tc.text)
			if tc.column2 != "" {
				d.write(tc.row, tc.column2, tc.also)
			}
			if got := d.send(false); len(got) != 1 || !strings.Contains(got[0], "refused") || !strings.Contains(got[0], tc.says) {
				t.Errorf("%s: %s\nwant a refusal that says %q", name, strings.Join(got, "\n"), tc.says)
			}
		}
		d.write(5, "holder", "gm")
		if got := d.send(false); len(got) != 2 || got[1] != "7 GB-COH:99000006 | claim | granted" {
			t.Errorf("the rest of the list: %s", strings.Join(got, "\n"))
		}
	})
}

func TestAnEditOfWhatChangedSinceIsRefused(t *testing.T) {
	withDesk(t, func(d *desk, f *federationtest.Federation) {
		f.As("wessex").Claim(companies[0])
		f.As("gm").Change(companies[3], survey.ActionContact, survey.ClaimChange{})
		f.Await(5*time.Second, "gm seeing wessex's claim", []survey.Region{"gm"}, func(n *federationtest.Node) bool { return n.Holder(companies[0]) == "wessex" })
		d.write(0, "holder", "gm")
		d.write(3, "state", "unreachable")
		for _, dryRun := range []bool{true, false} {
			got := d.send(dryRun)
			if len(got) != 2 || !strings.Contains(got[0], "refused already-claimed: held by wessex since") || !strings.Contains(got[1], "refused stale-token") {
				t.Errorf("dry run %v:\n%s", dryRun, strings.Join(got, "\n"))
			}
		}
	})
}

func TestTheSameCompanyTwice(t *testing.T) {
	withDesk(t, func(d *desk, _ *federationtest.Federation) {
		d.write(0, "holder", "gm")
		d.rows = append(d.rows, slices.Clone(d.rows[0]))
		want(t, "twice", d.send(false), "2 GB-COH:99000001 | claim | granted", "8 GB-COH:99000001 | the row | refused the company is already in row 2: its edits count")
	})
}

// Edits that the registry would silently ignore are refused with the reason: on one day the first
// report stays, and so does the first lead.
func TestWhatTheRegistryWouldNotTakeIsToldSo(t *testing.T) {
	withDesk(t, func(d *desk, _ *federationtest.Federation) {
		d.write(0, "sector", "digital")
		want(t, "first", d.send(false), "2 GB-COH:99000001 | sector: medtech -> digital | updated")
		d.export()
		d.write(0, "sector", "pharma")
		d.write(0, "lead", "otv")
		again := []string{
			"2 GB-COH:99000001 | lead: gm -> otv | refused gm leads it, and the first lead stays",
			"2 GB-COH:99000001 | sector: digital -> pharma | refused the registry has \"digital\", reported on 2023-05-01: what is reported on a later day counts",
		}
		want(t, "tried again", d.send(true), again...)
		want(t, "sent again", d.send(false), again...)
	})
}

func TestAnotherSheetIsRefused(t *testing.T) {
	b := workbook.Workbook{Region: "gm"}
	table, err := sheet.OpenCSV(strings.NewReader("company,name\nGB-COH:99000001,Acme\n"), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Read(t.Context(), survey.Request{ID: "x"}, cycle, table, "2023-05-01", false); !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), "is it a workbook that was exported here?") {
		t.Error(err)
	}
}
