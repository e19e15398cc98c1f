package totals

import (
	"errors"
	"math/rand"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// closedNation has 20 answers of £100 each in every region, and is closed.
func closedNation(t *testing.T, policy string, regions ...survey.Region) *nation {
	n := found(t, regions...)
	n.policy(policy)
	responded := map[survey.Region]int{}
	for k, region := range regions {
		for id := range 20 {
			n.records[region].answer(k*1000+id, 100_00)
		}
		responded[region] = 20
	}
	n.responded(responded)
	time.Sleep(5 * time.Second)
	n.closeCampaign()
	n.registry.openRevision(cycle, "")
	return n
}

func TestAYearBecomesFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := closedNation(t, "standard", "gm", "kss", "otv", "sw", "wessex")
		defer n.end()
		sw := n.node("sw")
		if _, err := sw.FinalSummary(cycle, 0); !errors.Is(err, survey.RefusedNotFinal) {
			t.Fatalf("before the records followed: %v", err)
		}
		if _, err := sw.National(t.Context(), certified(0)); !errors.Is(err, survey.ErrNotFound) {
			t.Fatalf("certified before it is: %v", err)
		}
		if _, _, _, err := sw.Table(cycle, 0); !errors.Is(err, survey.RefusedNoTable) ||
			!strings.Contains(err.Error(), "Health Innovation Manchester, Health Innovation Kent Surrey Sussex") {
			t.Fatalf("table before anybody signed off: %v", err)
		}
		if _, _, _, err := sw.Table(cycle, 1); !errors.Is(err, survey.ErrNotFound) {
			t.Fatalf("a revision that was not opened: %v", err)
		}
		hash := n.certify(0)
		got := n.ask("sw", survey.TotalsQuery{Mode: survey.ModeCertified})
		f := figure(got.Figures, money)
		if f.Value != 5*20*100_00 || f.Qualifier != survey.QualifierExact || f.Contributors != 100 {
			t.Errorf("certified: %+v", f)
		}
		c := got.Certified
		if c == nil || c.Table != survey.Hex(hash) || c.Difference != 0 || c.Answers != 100 || len(c.CoSigned) != 5 || !got.Coverage.Complete || got.Coverage.Included != 5 {
			t.Errorf("certificate: %+v, %+v", c, got.Coverage)
		}
		// The others gone and late answers in: nothing moves.
		for _, region := range []survey.Region{"gm", "kss", "otv", "wessex"} {
			n.close(region)
		}
		n.records["sw"].answer(3999, 5_000_00)
		time.Sleep(time.Minute)
		n.close("sw")
		n.start("sw")
		again := n.ask("sw", survey.TotalsQuery{Mode: survey.ModeCertified})
		if again.AnswerID != got.AnswerID || figure(again.Figures, money) != f {
			t.Errorf("it moved: %+v", figure(again.Figures, money))
		}
		table, one, _, err := n.node("sw").Table(cycle, 0)
		if _, two, again, err2 := n.node("sw").Table(cycle, 0); err != nil || err2 != nil || string(one) != string(two) || again != hash || table.Difference != 0 {
			t.Errorf("the table: %v, %v", err, err2)
		}
	})
}

func TestRevisionChangesOnlyWithEnoughContributors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := closedNation(t, "standard", "gm", "kss", "otv")
		defer n.end()
		first := n.certify(0)
		gm, kss := n.records["gm"], n.records["kss"]
		for id := 20; id < 26; id++ {
			gm.answer(id, 50_00) // six late answers
		}
		kss.answer(1000, 7_00) // one correction
		if number := n.registry.openRevision(cycle, survey.ReasonLateAnswers); number != 1 {
			t.Fatal(number)
		}
		second := n.certify(1)
		got := n.ask("otv", certified(1))
		f := figure(got.Figures, money)
		if f.Value != 60*100_00+6*50_00 || f.Contributors != 66 || f.Qualifier != survey.QualifierExact {
			t.Errorf("revision 1: %+v", f)
		}
		c := got.Certified
		if c.Previous != survey.Hex(first) || c.Table != survey.Hex(second) || c.Reason != survey.ReasonLateAnswers || c.Late != 1 ||
			len(c.Changes) == 0 || c.Changes[0].Before != 6000_00 || c.Changes[0].After != 6300_00 {
			t.Errorf("certificate: %+v", c)
		}
		if f := figure(n.ask("otv", certified(0)).Figures, money); f.Value != 6000_00 {
			t.Errorf("revision 0 moved: %+v", f)
		}
		if f := figure(n.ask("otv", survey.TotalsQuery{Mode: survey.ModeCertified}).Figures, money); f.Value != 6300_00 {
			t.Errorf("the newest: %+v", f)
		}
		// Signing off twice gives the same bytes, restarted or not.
		one, err := n.node("gm").FinalSummary(cycle, 1)
		n.close("gm")
		n.start("gm")
		if two, err2 := n.node("gm").FinalSummary(cycle, 1); err != nil || err2 != nil || string(one) != string(two) {
			t.Errorf("signed off again: %v, %v", err, err2)
		}
	})
}

func TestAbsentAndStandingRegions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := closedNation(t, "standard", "gm", "kss", "otv", "sw")
		defer n.end()
		n.follow()
		time.Sleep(5 * time.Second)
		for _, region := range []survey.Region{"gm", "kss"} {
			packed, err := n.node(region).FinalSummary(cycle, 0)
			if err != nil {
				t.Fatal(err)
			}
			n.registry.settle(cycle, region, survey.SettledSigned, packed)
		}
		standing, err := n.node("gm").LastSummary(cycle, "otv")
		if err != nil {
			t.Fatal(err)
		}
		n.registry.settle(cycle, "otv", survey.SettledStands, standing)
		n.registry.settle(cycle, "sw", survey.SettledAbsent, nil)
		n.cosign(0)
		got := n.ask("gm", certified(0))
		f := figure(got.Figures, money)
		if f.Value != 60*100_00 || f.Qualifier != survey.QualifierAtLeast || f.Bounds == nil || f.Bounds.Lower != 6000_00 || !strings.Contains(f.Reason, "without sw") {
			t.Errorf("without sw: %+v", f)
		}
		if got.Certified.Difference != 20 || got.Coverage.Included != 3 || got.Coverage.Complete {
			t.Errorf("%+v, %+v", got.Certified, got.Coverage)
		}
		if r := got.Coverage.Regions[2]; !strings.Contains(r.Reason, "let its last signed figures stand") {
			t.Errorf("otv: %+v", r)
		}
		if f := figure(got.Figures, "meaningful_interactions"); f.Qualifier == survey.QualifierExact {
			t.Errorf("records of an absent region: %+v", f)
		}
	})
}

func TestTableNamesTheRegionThatIsWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := closedNation(t, "open", "gm", "kss", "otv")
		defer n.end()
		n.follow()
		time.Sleep(2 * time.Second)
		packed := map[survey.Region][]byte{}
		for _, region := range n.regions {
			var err error
			if packed[region], err = n.node(region).FinalSummary(cycle, 0); err != nil {
				t.Fatal(err)
			}
		}
		otv, _, err := n.node("otv").Held("otv", cycle)
		if err != nil {
			t.Fatal(err)
		}
		forged, err := Sign(keyOf("gm"), otv)
		if err != nil {
			t.Fatal(err)
		}
		wrong, err := pack(otv, forged.Signature)
		if err != nil {
			t.Fatal(err)
		}
		n.registry.settle(cycle, "gm", survey.SettledSigned, packed["gm"])
		n.registry.settle(cycle, "kss", survey.SettledSigned, packed["kss"])
		n.registry.settle(cycle, "otv", survey.SettledSigned, wrong)
		if _, err := n.node("gm").CheckTable(cycle, 0); !errors.Is(err, survey.RefusedNoTable) || !strings.Contains(err.Error(), "otv") {
			t.Errorf("forged: %v", err)
		}
		n.registry.settle(cycle, "otv", survey.SettledSigned, packed["otv"])
		n.registry.change(func() {
			list := n.registry.revisions[cycle]
			list[0].Settled = list[0].Settled[:0]
		})
		for region, data := range packed {
			n.registry.settle(cycle, region, survey.SettledSigned, data)
		}
		hash, err := n.node("gm").CheckTable(cycle, 0)
		if err != nil {
			t.Fatal(err)
		}
		hash[0]++
		n.registry.cosign(cycle, "kss", hash)
		if _, err := n.node("gm").CheckTable(cycle, 0); !errors.Is(err, survey.RefusedNoTable) || !strings.Contains(err.Error(), "Health Innovation Kent Surrey Sussex co-signed") {
			t.Errorf("another hash: %v", err)
		}
	})
}

func TestPackedSummary(t *testing.T) {
	cells, answers := cube(rand.New(rand.NewSource(4)))
	h := heldOf(t, summaryOf("otv", 1, 7, cells, answers))
	packed, err := pack(h.summary, h.signed.Signature)
	if err != nil {
		t.Fatal(err)
	}
	s, signed, err := unpack(packed)
	if err != nil || string(signed.Bytes) != string(h.signed.Bytes) || string(signed.Signature) != string(h.signed.Signature) || s.Region != "otv" {
		t.Fatalf("%+v, %v", s, err)
	}
	t.Logf("%d cells: signed %d bytes, packed %d", len(cells), len(h.signed.Bytes), len(packed))
	if len(packed) > 10*len(cells) {
		t.Errorf("%d bytes", len(packed))
	}
	member := memberOf("otv")
	random := rand.New(rand.NewSource(5))
	for range 400 {
		at := random.Intn(len(packed) * 8)
		packed[at/8] ^= 1 << (at % 8)
		if _, signed, err := unpack(packed); err == nil {
			if _, err := Verify(signed, federation, member, h.summary.asOf()); err == nil {
				t.Fatalf("bit %d does not count", at)
			}
		}
		packed[at/8] ^= 1 << (at % 8)
	}
}

// TestNobodyAnsweredAFinalYear: while a year is open a figure that nobody gave
// waits; of a final year nothing is waited for.
func TestNobodyAnsweredAFinalYear(t *testing.T) {
	metric := survey.Metric{ID: "nhs_sales", Unit: survey.UnitPence}
	for final, want := range map[bool]survey.FigureStatus{false: survey.FigureWaiting, true: survey.FigureNotCollected} {
		f := scope{present: true, final: final}.figure(metric, sum{}, 0)
		if f.Status != want || f.ReasonCode != survey.FigureNoAnswers || f.Qualifier != survey.QualifierExact {
			t.Errorf("final %v: %+v", final, f)
		}
	}
}
