package federation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/federation/totals"
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
	draft, err := f.records.Links().SurveyDraftOf(cycle, id)
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

// handedOver reports whether that region's answers of the cycle lie here because
// this one took the company over.
func (f *Federation) handedOver(cycle survey.Cycle, id survey.Identifier, from survey.Region) (bool, error) {
	copies, err := f.records.SharedOf(cycle, id)
	return slices.ContainsFunc(copies, func(c store.SharedCopy) bool { return c.From == from && c.HandedOver }), err
}

// takenOver returns what companies said in the cycle to regions that handed them
// over to this one, as far as it can be read here.
func (f *Federation) takenOver(cycle survey.Cycle) ([]totals.TakenOver, error) {
	copies, err := f.records.SharedWithUs(cycle)
	if err != nil {
		return nil, err
	}
	var list []totals.TakenOver
	for _, c := range copies {
		if !c.HandedOver {
			continue
		}
		answers, metrics, err := f.openShared(c.Sealed)
		if err != nil {
			f.log.Warn("what was handed over cannot be read, so it counts for nothing: take the company over again", "cycle", cycle, "from", c.From, "error", err)
			continue
		}
		if len(metrics) > 0 {
			list = append(list, totals.TakenOver{Organisation: c.Organisation, From: c.From, Answers: answers, Metrics: metrics})
		}
	}
	return list, nil
}
