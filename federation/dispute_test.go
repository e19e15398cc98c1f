package federation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// closedYear runs a script on five regions whose campaign is closed with one
// answer each, and signed off. prepare changes what the nodes are opened with.
func closedYear(t *testing.T, prepare func(*federation.Options), script func(*federationtest.Federation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: five, Seed: 5, Prepare: prepare})
		f.AwaitReady(30 * time.Second)
		var companies []survey.Identifier
		for i := range five {
			companies = append(companies, survey.Identifier(fmt.Sprintf("GB-COH:9910000%d", i)))
		}
		f.Begin(five[0], companies...)
		for i, region := range five {
			f.As(region).Claim(companies[i])
			f.As(region).Answer(companies[i], 1000)
		}
		f.Await(30*time.Second, "the nation's £5,000", five, func(n *federationtest.Node) bool {
			counts, err := n.Registry().Counts(federationtest.Cycle)
			return err == nil && counts.Responded == len(five) && n.Leveraged() == 5000
		})
		f.Await(time.Minute, "the close", five[:1], func(n *federationtest.Node) bool { // once all have said that they know revisions
			outcome, err := n.Campaigns().CloseCampaign(context.Background(), federationtest.Request(), federationtest.Cycle)
			return err == nil && outcome.Refusal == nil
		})
		for _, region := range five {
			signOff(f, region)
		}
		script(f)
	})
}

// signOff signs the region's final summary off as soon as its records have
// followed.
func signOff(f *federationtest.Federation, region survey.Region) {
	n := f.As(region)
	f.Await(30*time.Second, "the final summary", []survey.Region{region}, func(n *federationtest.Node) bool {
		_, err := n.Federation.Totals().FinalSummary(federationtest.Cycle, 0)
		return err == nil
	})
	if _, err := n.Certification().SignOff(context.Background(), federationtest.Request(), federationtest.Cycle, new(int)); err != nil {
		f.Fatalf("%s: sign off: %v", region, err)
	}
}

// table is what the region would co-sign.
func table(f *federationtest.Federation, region survey.Region) ([32]byte, error) {
	f.Await(30*time.Second, "all sign-offs", []survey.Region{region}, func(n *federationtest.Node) bool {
		all, err := n.Certification().Revisions(federationtest.Cycle)
		return err == nil && len(all) == 1 && len(all[0].Settled) == len(five)
	})
	return f.As(region).Federation.Totals().CheckTable(federationtest.Cycle, 0)
}

// cosign co-signs a table, as a node would that does not look whether anything
// speaks against it.
func cosign(f *federationtest.Federation, region survey.Region, hash [32]byte) error {
	outcome, err := f.As(region).Registry().CoSign(context.Background(), federationtest.Request(), federationtest.Cycle, 0, hash)
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	return err
}

// everywhere waits until every node has the revision in that state.
func everywhere(f *federationtest.Federation, state survey.RevisionState) survey.Revision {
	f.Await(30*time.Second, "the revision being "+string(state), five, func(n *federationtest.Node) bool {
		all, err := n.Certification().Revisions(federationtest.Cycle)
		return err == nil && len(all) == 1 && all[0].State == state
	})
	all, err := f.As(five[0]).Certification().Revisions(federationtest.Cycle)
	if err != nil {
		f.Fatalf("%v", err)
	}
	return all[0]
}

// TestADisputeOfTwoTables: one node adds up wrongly and co-signs at the same
// moment as another. Certification stops, everybody is told who derived what, and
// nobody else co-signs; the wrong node is mended and replaces its co-signature.
func TestADisputeOfTwoTables(t *testing.T) {
	var wrong atomic.Bool
	wrong.Store(true)
	prepare := func(o *federation.Options) {
		if o.Region == "wessex" && wrong.Load() {
			o.Mislead(totals.Faults{Table: func(table *totals.Table) { table.Answers++ }})
		}
	}
	closedYear(t, prepare, func(f *federationtest.Federation) {
		right, err := table(f, "gm")
		if err != nil {
			t.Fatal(err)
		}
		other, err := table(f, "wessex")
		if err != nil || other == right {
			t.Fatalf("wessex derives the same table: %v", err)
		}
		for region, hash := range map[survey.Region][32]byte{"gm": right, "wessex": other} {
			if err := cosign(f, region, hash); err != nil {
				t.Fatal(err)
			}
		}
		everywhere(f, survey.RevisionDisputed)
		f.Await(10*time.Second, "both tables being named", five, func(n *federationtest.Node) bool {
			said := strings.Join(n.Problems(), "\n")
			return strings.Contains(said, fmt.Sprintf("gm: %x", right[:4])) && strings.Contains(said, fmt.Sprintf("wessex: %x", other[:4]))
		})
		for _, region := range []survey.Region{"nenc", "otv", "sw"} {
			if _, err := table(f, region); !errors.Is(err, survey.RefusedNoTable) || !strings.Contains(err.Error(), "Health Innovation Wessex co-signed the table") {
				t.Errorf("%s: %v", region, err)
			}
			if err := cosign(f, region, right); err != nil { // as one would that does not look
				t.Fatal(err)
			}
		}
		if r := everywhere(f, survey.RevisionDisputed); len(r.CoSigned) != 5 {
			t.Errorf("four of five agree, and it is certified against the fifth: %+v", r)
		}
		if _, certified := f.As("otv").Certification().Certified(federationtest.Cycle); certified {
			t.Error("a disputed year is certified")
		}

		f.Stop("wessex")
		wrong.Store(false)
		f.Start("wessex")
		f.Await(time.Minute, "being back", []survey.Region{"wessex"}, func(n *federationtest.Node) bool { return n.ReadyForClaims() == nil })
		mended, err := table(f, "wessex")
		if err != nil || mended != right {
			t.Fatalf("mended, wessex derives %x: %v", mended, err)
		}
		if err := cosign(f, "wessex", mended); err != nil {
			t.Fatal(err)
		}
		if r := everywhere(f, survey.RevisionCertified); r.Table != right {
			t.Errorf("certified is %x", r.Table)
		}
	})
}

// TestTwoFacesAreNoPartOfACertifiedYear: a region shows some of the others
// different final figures under the same number. What it signed off is in the
// table, at every node; what it showed besides is evidence, and can stand for
// nobody.
func TestTwoFacesAreNoPartOfACertifiedYear(t *testing.T) {
	prepare := func(o *federation.Options) {
		if o.Region == "sw" {
			o.Mislead(totals.Faults{Shown: func(peer survey.Region, s *totals.Summary) bool {
				if s.Status != totals.SummaryFinal || peer < "sw" || len(s.Cells) == 0 {
					return false
				}
				s.Cells[0].Value++
				return true
			}})
		}
	}
	closedYear(t, prepare, func(f *federationtest.Federation) {
		var hash [32]byte
		for _, region := range five {
			got, err := table(f, region)
			if err != nil || hash != ([32]byte{}) && got != hash {
				t.Fatalf("%s: %x, %v", region, got, err)
			}
			hash = got
			if err := cosign(f, region, hash); refusal(err) != survey.RefusedAlreadyCertified && err != nil {
				t.Fatal(err)
			}
		}
		everywhere(f, survey.RevisionCertified)
		found := 0
		f.Await(10*time.Minute, "the two faces being found out", []survey.Region{"nenc"}, func(*federationtest.Node) bool {
			found = 0
			for _, region := range five {
				if _, err := f.As(region).Federation.Totals().LastSummary(federationtest.Cycle, "sw"); errors.Is(err, totals.ErrTwoSummaries) {
					found++
				}
			}
			return found > 0
		})
		answer := ""
		for _, region := range five {
			got := f.As(region).Totals(survey.TotalsQuery{Mode: survey.ModeCertified})
			if answer == "" {
				answer = got.AnswerID
			}
			if f := federationtest.FigureOf(got.Figures, "investment_leveraged"); f.Value != 5000_00 || f.Qualifier != survey.QualifierExact || got.AnswerID != answer {
				t.Errorf("%s: %+v", region, f)
			}
		}
	})
}
