package state

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store/survey"
)

var (
	someRegions = []survey.Region{"otv", "sw", "wessex"}
	someIDs     = []survey.Identifier{"GB-COH:99000001", "GB-COH:99000002", "GB-CHC:1000001", "GB-NHS:RTH", "GB-COH:99000009"}
	someNames   = []string{"Acme Medical Limited", "ACME MEDICAL LTD", "Acme Medical LLP", "Beta Diagnostics Limited", "Gamma Devices CIC"}
	someDays    = []string{"", "2020-04-03", "2021-06-01", "2022-03-31"}
)

func drawOrganisation(t *rapid.T) survey.NewOrganisation {
	o := survey.NewOrganisation{
		Name:     rapid.SampledFrom(someNames).Draw(t, "name"),
		NameAsOf: rapid.SampledFrom(someDays).Draw(t, "as of"),
		Sector:   rapid.SampledFrom(append(survey.Sectors(), "")).Draw(t, "sector"),
		Match:    rapid.Bool().Draw(t, "match"),
	}
	if rapid.Bool().Draw(t, "numbered") {
		o.Identifiers = rapid.SliceOfNDistinct(rapid.SampledFrom(someIDs), 1, 2, rapid.ID).Draw(t, "identifiers")
	} else {
		o.Minted = survey.Identifier(fmt.Sprintf("AHSN:MINTED%d", rapid.IntRange(1, 4).Draw(t, "minted")))
	}
	if rapid.Bool().Draw(t, "renamed") {
		o.PreviousNames = []survey.NameSince{{Name: rapid.SampledFrom(someNames).Draw(t, "previous"), AsOf: rapid.SampledFrom(someDays).Draw(t, "until")}}
	}
	return o
}

func drawChange(t *rapid.T) survey.ClaimChange {
	return survey.ClaimChange{
		Organisation: rapid.SampledFrom(someIDs).Draw(t, "organisation"),
		Action: rapid.SampledFrom([]survey.ClaimAction{survey.ActionContact, survey.ActionRespond, survey.ActionDecline, survey.ActionUnreachable,
			survey.ActionIneligible, survey.ActionRelease, survey.ActionReopen, survey.ActionOffer, survey.ActionAccept, survey.ActionRefuse,
			survey.ActionWithdraw, survey.ActionRequest, "dance"}).Draw(t, "action"),
		Token:   rapid.Uint64Range(0, 30).Draw(t, "token"),
		Reason:  rapid.SampledFrom([]survey.ReasonCode{"", survey.ReasonNoTime, survey.ReasonOther, survey.ReasonDoNotSurvey}).Draw(t, "reason"),
		OfferTo: rapid.SampledFrom(append([]survey.Region{""}, someRegions...)).Draw(t, "to"),
	}
}

// drawRow draws any command, a retry of an earlier one included.
func drawRow(t *rapid.T, b *bench, before []Row) Row {
	region := rapid.SampledFrom(someRegions).Draw(t, "region")
	cycle := survey.Cycle("2022-23")
	switch rapid.IntRange(0, 21).Draw(t, "command") {
	case 20, 21:
		return drawLapse(t, b, region, cycle)
	case 0:
		return b.sign(b.body(region, typeOpenCampaign, campaign("2022-23")))
	case 1, 2:
		return b.sign(b.body(region, typeAddOrganisations, items("", rapid.SliceOfN(rapid.Custom(drawOrganisation), 1, 4).Draw(t, "list")...)))
	case 3:
		return b.sign(b.body(region, typeAddSupported, items(cycle, rapid.SliceOfN(rapid.SampledFrom(someIDs), 1, 3).Draw(t, "ids")...)))
	case 4, 5:
		return b.sign(b.body(region, typeClaim, items(cycle, rapid.SliceOfN(rapid.SampledFrom(someIDs), 1, 3).Draw(t, "ids")...)))
	case 6, 7:
		// Half of the steps know the token.
		change := drawChange(t)
		if v := b.state.View(); rapid.Bool().Draw(t, "knows") {
			if o := v.organisation(change.Organisation); o != nil {
				if c := v.claim(cycle, o.ID); c != nil {
					change.Token = c.Claim.Token
				}
			}
		}
		return b.sign(b.body(region, typeChangeClaims, items(cycle, change)))
	case 9, 10, 11, 12:
		return drawLife(t, b, region)
	case 19:
		return drawInnovation(t, b, region)
	case 14, 15, 16, 17, 18:
		return drawStep(t, b, region)
	case 8:
		if len(before) > 0 {
			return rapid.SampledFrom(before).Draw(t, "retry")
		}
	}
	return Row{Body: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "noise"), Signature: make([]byte, 64)}
}

func snapshotOf(t interface{ Fatal(...any) }, s *State) []byte {
	var b bytes.Buffer
	if err := WriteSnapshot(s.View(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReplicasAgree: the same entries give the same results and the same state
// on two replicas, also if one of them was restored from a snapshot on the way;
// tokens only grow, and nobody holds what another holds.
func TestReplicasAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBench()
		f := b.founding(someRegions...)
		f.Level = rapid.SampledFrom([]uint16{0, levelNational, FeatureLevel, FeatureLevel}).Draw(t, "level")
		f.SoloSteps = f.Level > levelFirst && rapid.Bool().Draw(t, "solo")
		b.foundAs(f)
		founding := snapshotOf(t, b.state)
		other, err := ReadSnapshot(bytes.NewReader(founding))
		if err != nil {
			t.Fatal(err)
		}
		var rows []Row
		final := finals{}
		tokens := map[survey.Identifier]uint64{}
		for range rapid.IntRange(1, 12).Draw(t, "entries") {
			var batch []Row
			for range rapid.IntRange(1, 4).Draw(t, "rows") {
				batch = append(batch, drawRow(t, b, rows))
				rows = append(rows, batch[len(batch)-1])
			}
			b.clock = b.clock.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 30}).Draw(t, "days")) * 24 * time.Hour)
			e := b.entry(batch...)
			here, _ := b.state.apply(e)
			there, _ := other.apply(e)
			if !reflect.DeepEqual(here, there) {
				t.Fatalf("results differ:\n%v\n%v", here, there)
			}
			final.mustStand(t, b)
			if rapid.Bool().Draw(t, "restore") {
				if other, err = ReadSnapshot(bytes.NewReader(snapshotOf(t, other))); err != nil {
					t.Fatal(err)
				}
			}
			for c := range rowsFrom[claimRow](b.state.View().txn, tableClaims, byKey, "") {
				if c.Claim.Token < tokens[c.Claim.Organisation] {
					t.Fatalf("token of %s fell from %d to %d", c.Claim.Organisation, tokens[c.Claim.Organisation], c.Claim.Token)
				}
				tokens[c.Claim.Organisation] = c.Claim.Token
			}
		}
		if !bytes.Equal(snapshotOf(t, b.state), snapshotOf(t, other)) {
			t.Fatal("the states differ")
		}
		v := b.state.View()
		for _, table := range []string{tableTallies, tableRequestSums} {
			restored, err := ReadSnapshot(bytes.NewReader(snapshotOf(t, b.state)))
			if err != nil {
				t.Fatal(err)
			}
			if kept, counted := rowsOf(v, table), rowsOf(restored.View(), table); kept != counted {
				t.Fatalf("%s kept and counted again differ:\n%s\n%s", table, kept, counted)
			}
		}
	})
}

func rowsOf(v View, table string) string {
	text := ""
	v.txn.Ascend(table, byKey, "", func(_ string, row any) bool {
		text += fmt.Sprintf("%+v\n", reflect.ValueOf(row).Elem())
		return true
	})
	return text
}

// TestListsInAnyOrder: names and facts do not depend on the order in which
// lists are imported, and importing one again changes nothing.
func TestListsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lists := make([][]survey.NewOrganisation, len(someDays)-1)
		for i, day := range someDays[1:] {
			for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(someIDs), 0, 4, rapid.ID).Draw(t, "ids") {
				o := drawOrganisation(t)
				o.Identifiers, o.Minted, o.NameAsOf = []survey.Identifier{id}, "", day
				for j := range o.PreviousNames {
					o.PreviousNames[j].AsOf = min(o.PreviousNames[j].AsOf, day)
				}
				lists[i] = append(lists[i], o)
			}
		}
		load := func(order []int) *bench {
			b := newBench()
			b.found(someRegions...)
			for _, i := range order {
				if len(lists[i]) > 0 {
					b.do("otv", typeAddOrganisations, items("", lists[i]...))
				}
			}
			return b
		}
		one := load([]int{0, 1, 2})
		two := load(rapid.Permutation([]int{0, 1, 2}).Draw(t, "order"))
		for _, id := range someIDs {
			a, b := one.state.View().organisation(id), two.state.View().organisation(id)
			if (a == nil) != (b == nil) {
				t.Fatalf("%s is known in one order only", id)
			}
			if a == nil {
				continue
			}
			x, y := a.survey(), b.survey()
			x.Version, y.Version = 0, 0
			if !reflect.DeepEqual(x, y) {
				t.Fatalf("the order of lists matters:\n%+v\n%+v", x, y)
			}
		}
		for _, list := range lists {
			if len(list) == 0 {
				continue
			}
			for _, o := range one.do("sw", typeAddOrganisations, items("", list...)) {
				if o.Status != survey.OutcomeExists {
					t.Fatalf("the same list again: %+v", o)
				}
			}
		}
	})
}

// TestRequestsAreBounded: old requests are forgotten, by number, by size and by
// the state's clock, and the newest is always kept.
func TestRequestsAreBounded(t *testing.T) {
	b, _ := ready(t, 1, "otv", "sw")
	first := b.sign(b.body("sw", typeClaim, items("2022-23", survey.Identifier("GB-COH:99000000"))))
	granted := b.apply(first)
	if again := b.apply(first); !reflect.DeepEqual(again, granted) {
		t.Fatalf("a retry: %+v, first %+v", again, granted)
	}
	for range requestsKept / 128 {
		rows := make([]Row, 128)
		for i := range rows {
			rows[i] = b.sign(b.body("otv", typeClaim, items("2022-23", survey.Identifier("GB-COH:99000000"))))
		}
		b.state.apply(b.entry(rows...))
	}
	if l := b.state.View().sumsOf("otv"); l.Rows != requestsKept {
		t.Errorf("%d requests of otv are kept, the bound is %d", l.Rows, requestsKept)
	}
	if again := b.apply(first); !reflect.DeepEqual(again, granted) {
		t.Errorf("another region's requests pushed this one out: %+v", again)
	}
	b.clock = b.clock.AddDate(0, 0, 31)
	b.do("sw", typeClaim, items("2022-23", survey.Identifier("GB-COH:99000000")))
	if l := b.state.View().sumsOf("sw"); l.Rows != 1 {
		t.Errorf("%d requests of sw are kept after 31 days", l.Rows)
	}
}
