package registry

import (
	"context"
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestPossibleDuplicates: who adds a company by name hears of those with the
// name, that had the name, and with a name a letter or two away.
func TestPossibleDuplicates(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		r := c.node(c.leader())
		ctx := context.Background()
		add := func(request string, o survey.NewOrganisation) survey.Outcome {
			t.Helper()
			out, err := r.AddOrganisations(ctx, survey.Request{ID: request}, []survey.NewOrganisation{o})
			if err != nil {
				t.Fatal(err)
			}
			return out[0]
		}
		add("1", survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:02164270"}, Name: "CIRCLE HEALTH GROUP LIMITED", NameAsOf: "2022-03-31",
			PreviousNames: []survey.NameSince{{Name: "BMI HEALTHCARE LIMITED", AsOf: "2020-04-03"}}})
		for i, c := range []struct {
			name   string
			reason survey.Resemblance
		}{{"Circle Health Group Ltd", survey.SameName}, {"BMI Healthcare Ltd.", survey.FormerName}, {"Circel Helth Group Limited", survey.SimilarName},
			{"Square Health Group Limited", ""}, {"Circle Health Group Holdings Limited", ""}} {
			o := add(fmt.Sprint("try", i), survey.NewOrganisation{Name: c.name})
			if c.reason == "" {
				if o.Status != survey.OutcomeCreated {
					t.Errorf("%s: %+v", c.name, o.Refusal)
				}
				continue
			}
			if o.Refusal == nil || o.Refusal.Code != survey.RefusedPossibleDuplicates || len(o.Refusal.Duplicates) != 1 ||
				o.Refusal.Duplicates[0] != (survey.PossibleDuplicate{ID: "GB-COH:02164270", Name: "CIRCLE HEALTH GROUP LIMITED", Reason: c.reason}) {
				t.Errorf("%s: %+v", c.name, o.Refusal)
			}
		}
		none := survey.NewOrganisation{Name: "Circel Helth Group Limited", ConfirmNot: []survey.Identifier{"GB-COH:02164270"}}
		first, again := add("none", none), add("none", none)
		if first.Status != survey.OutcomeCreated || again.ID != first.ID || again.Number != first.Number {
			t.Errorf("confirmed: %+v, again: %+v", first, again)
		}
		kept, err := r.Organisation("GB-COH:02164270")
		if err != nil {
			t.Fatal(err)
		}
		if found := r.DuplicatesOf(kept); len(found) != 1 || found[0].ID != first.ID || found[0].Reason != survey.SimilarName {
			t.Errorf("duplicates of the first: %+v", found)
		}
	})
}
