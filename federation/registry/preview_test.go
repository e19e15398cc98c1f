package registry

import (
	"context"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestListsFromAnotherFederation: a number that another federation gave is kept
// if it is asked for, two of them stay two whatever they are called, and a row
// that shows nothing new exists already.
func TestListsFromAnotherFederation(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		c.prepare(1)
		ctx, otv := context.Background(), c.node("otv")
		const first, second = survey.Identifier("AHSN:00G22WJ18J2F4TYY9AV623KTN0"), survey.Identifier("AHSN:00GRK8V7Z4HVWPDRKKNJFTBV8J")
		list := []survey.NewOrganisation{
			{Minted: first, Name: "Ambulance Centre", NameAsOf: "2020-01-30", SizeBand: survey.SizeLarge},
			{Minted: second, Name: "Ambulance Trust", NameAsOf: "2021-12-07", PreviousNames: []survey.NameSince{{Name: "Ambulance Centre"}}, ConfirmNot: []survey.Identifier{first}},
		}
		for round, want := range []survey.OutcomeStatus{survey.OutcomeCreated, survey.OutcomeExists} {
			got, err := otv.AddOrganisations(ctx, survey.Request{ID: []string{"first", "again"}[round]}, list)
			if err != nil || got[0].Status != want || got[0].ID != first || got[1].Status != want || got[1].ID != second {
				t.Fatalf("round %d: %+v %v", round, got, err)
			}
		}
		same := []survey.NewOrganisation{
			{Identifiers: []survey.Identifier{first}, Name: "Ambulance Centre", NameAsOf: "2020-01-30", SizeBand: survey.SizeLarge},
			{Identifiers: []survey.Identifier{first}, Name: "Ambulance Centre", NameAsOf: "2022-01-30"}, // a newer day is shown
			{Identifiers: []survey.Identifier{"AHSN:0NOBODY"}, Name: "Nobody"},
		}
		previewed, err := otv.PreviewOrganisations(ctx, same)
		if err != nil || previewed[0].Status != survey.OutcomeExists || previewed[1].Status != survey.OutcomeUpdated || previewed[2].Refusal == nil {
			t.Errorf("%+v %v", previewed, err)
		}
		// The size was last said on an earlier day than the name: saying it again
		// with the name's day shows nothing new.
		if _, err := otv.AddOrganisations(ctx, survey.Request{ID: "renamed"}, same[1:2]); err != nil {
			t.Fatal(err)
		}
		confirmed := same[:1]
		confirmed[0].NameAsOf = "2022-01-30"
		if previewed, err = otv.PreviewOrganisations(ctx, confirmed); err != nil || previewed[0].Status != survey.OutcomeExists {
			t.Errorf("%+v %v", previewed, err)
		}
		if o, err := otv.Organisation(second); err != nil || !slices.Equal(o.Identifiers, []survey.Identifier{second}) {
			t.Errorf("%+v %v", o, err)
		}
	})
}

// TestPreviewsTellFacts: a preview says what would change of a known
// organisation, and what would stay, being of the same day or a later one.
func TestPreviewsTellFacts(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		c.prepare(1)
		ctx, otv := context.Background(), c.node("otv")
		ids := []survey.Identifier{"GB-COH:99000001", "GB-COH:99000002"}
		first := []survey.NewOrganisation{
			{Identifiers: ids[:1], Name: "Acme Ltd", NameAsOf: "2021-05-01", LeadRegion: "wessex", Status: survey.StatusActive, Sector: survey.SectorDigital},
			{Identifiers: ids[1:], Name: "Acme Again Ltd", NameAsOf: "2021-05-01"},
		}
		if _, err := otv.AddOrganisations(ctx, survey.Request{ID: "first"}, first); err != nil {
			t.Fatal(err)
		}
		got, err := otv.PreviewOrganisations(ctx, []survey.NewOrganisation{{Identifiers: ids[:1], Name: "Acme Ltd", NameAsOf: "2021-05-01", LeadRegion: "otv",
			Status: survey.StatusDissolved, Sector: survey.SectorDigital, SizeBand: survey.SizeSmall}})
		want := []survey.FactChange{
			{Field: "lead_region", Before: "wessex", After: "otv"},
			{Field: "status", Before: "active", After: "dissolved", Since: "2021-05-01"},
			{Field: "size_band", After: "10-49", Taken: true},
		}
		if err != nil || got[0].Status != survey.OutcomeUpdated || !slices.Equal(got[0].Facts, want) {
			t.Errorf("%+v %v", got, err)
		}
		// What is merged away is listed by itself, with its own name.
		if _, err := otv.MergeOrganisations(ctx, survey.Request{ID: "merge"}, ids[1], ids[0], survey.MergeSameCompany); err != nil {
			t.Fatal(err)
		}
		merged, next := otv.MergedOrganisations("", 10)
		if len(merged) != 1 || next != "" || merged[0].ID != ids[1] || merged[0].MergedInto != ids[0] || merged[0].Name != "Acme Again Ltd" {
			t.Errorf("%+v %q", merged, next)
		}
	})
}
