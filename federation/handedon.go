package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// HandedOn returns the companies that other regions hold in the cycle, that
// this one held before, in this campaign or in that of the year before, and of
// which this node knows something to be taken over, in order of organisation.
// It reads this node's own copies and waits for nobody.
func (f *Federation) HandedOn(cycle survey.Cycle) ([]survey.HandedOn, error) {
	fail := func(err error) error { return fmt.Errorf("what others can take over for %s: %w", cycle, err) }
	fetched, err := f.fetched(cycle)
	if err != nil {
		return nil, fail(err)
	}
	own := map[survey.Identifier]bool{} // held by this region in the year before
	f.eachClaim(survey.ClaimFilter{Cycle: cycle.Previous(), Region: f.options.Region}, func(c survey.Claim) { own[c.Organisation] = true })
	list := []survey.HandedOn{}
	var failed error
	f.eachClaim(survey.ClaimFilter{Cycle: cycle}, func(c survey.Claim) {
		held := own[c.Organisation] || slices.Contains(c.Before, f.options.Region)
		if failed != nil || !held || c.Free() || c.Region == f.options.Region {
			return
		}
		knows, err := f.knows(cycle, c.Organisation)
		if failed = err; knows {
			list = append(list, survey.HandedOn{Organisation: c.Organisation, To: c.Region, Fetched: fetched[handover{c.Organisation, f.options.Region, c.Region}]})
		}
	})
	if failed != nil {
		return nil, fail(failed)
	}
	slices.SortFunc(list, func(a, b survey.HandedOn) int { return strings.Compare(string(a.Organisation), string(b.Organisation)) })
	return list, nil
}

func (f *Federation) eachClaim(filter survey.ClaimFilter, do func(survey.Claim)) {
	for after, first := "", true; first || after != ""; first = false {
		var claims []survey.Claim
		claims, after = f.registry.Claims(filter, after, takeoverPage)
		for _, c := range claims {
			do(c)
		}
	}
}

// knows reports whether this node has something of the company to hand over.
func (f *Federation) knows(cycle survey.Cycle, id survey.Identifier) (bool, error) {
	for _, c := range []survey.Cycle{cycle, cycle.Previous()} {
		if _, err := f.records.Response(c, id); !errors.Is(err, survey.ErrNotFound) {
			return err == nil, err
		}
	}
	contacts, _, err := f.records.Records(store.RecordFilter{Kind: survey.RecordContacts, Organisation: id}, "", 1)
	if err != nil || len(contacts) > 0 {
		return err == nil, err
	}
	draft, err := f.records.SurveyDraftOf(cycle, id)
	return len(draft.Fields) > 0, err
}

// handover is one way that a company's file went.
type handover struct {
	organisation survey.Identifier
	from, to     survey.Region
}

// fetched returns the hand-overs that took place.
func (f *Federation) fetched(cycle survey.Cycle) (map[handover]bool, error) {
	list, err := f.records.Handovers(cycle)
	done := make(map[handover]bool, len(list))
	for _, h := range list {
		done[handover{h.Organisation, h.From, h.To}] = true
	}
	return done, err
}

// noteHandover keeps that a company's file went from one region to another. If
// it cannot be kept the offer goes on to be shown, which does no harm.
func (f *Federation) noteHandover(ctx context.Context, cycle survey.Cycle, id survey.Identifier, from, to survey.Region) {
	err := f.records.NoteHandover(ctx, cycle, store.Handover{Organisation: id, From: from, To: to, At: time.Now().UTC()})
	if err != nil {
		f.log.Error("a hand-over could not be noted", "error", err)
	}
}
