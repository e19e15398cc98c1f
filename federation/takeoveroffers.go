package federation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// HandedOn returns the companies that other regions hold in the cycle, that
// this one held before, in this campaign or in that of the year before, and of
// which this node knows something that the company lets them see, in order of
// organisation.
// It reads this node's own copies and waits for nobody.
func (t Takeovers) HandedOn(cycle survey.Cycle) ([]survey.HandedOn, error) {
	fail := func(err error) error { return fmt.Errorf("what others can take over for %s: %w", cycle, err) }
	fetched, err := t.fetched(cycle)
	if err != nil {
		return nil, fail(err)
	}
	own := map[survey.Identifier]bool{} // held by this region in the year before
	t.eachClaim(survey.ClaimFilter{Cycle: cycle.Previous(), Region: t.region}, func(c survey.Claim) { own[c.Organisation] = true })
	list := []survey.HandedOn{}
	var failed error
	t.eachClaim(survey.ClaimFilter{Cycle: cycle}, func(c survey.Claim) {
		held := own[c.Organisation] || slices.Contains(c.Before, t.region)
		if failed != nil || !held || c.Free() || c.Region == t.region {
			return
		}
		allowed, err := t.allows(cycle, c.Organisation, c.Region)
		if failed = err; allowed {
			list = append(list, survey.HandedOn{Organisation: c.Organisation, To: c.Region, Fetched: fetched[handover{c.Organisation, t.region, c.Region}]})
		}
	})
	if failed != nil {
		return nil, fail(failed)
	}
	slices.SortFunc(list, func(a, b survey.HandedOn) int { return strings.Compare(string(a.Organisation), string(b.Organisation)) })
	return list, nil
}

func (t Takeovers) eachClaim(filter survey.ClaimFilter, do func(survey.Claim)) {
	for after, first := "", true; first || after != ""; first = false {
		var claims []survey.Claim
		claims, after = t.registry.Claims(filter, after, takeoverPage)
		for _, c := range claims {
			do(c)
		}
	}
}

// allows reports whether the company lets the region see something of what it
// answered here, this year or the year before.
func (t Takeovers) allows(cycle survey.Cycle, id survey.Identifier, to survey.Region) (bool, error) {
	for _, c := range []survey.Cycle{cycle, cycle.Previous()} {
		told, err := t.told(c, id, to)
		if err != nil || told.allowed {
			return err == nil, err
		}
	}
	return false, nil
}

// handover is one way that a company's file went.
type handover struct {
	organisation survey.Identifier
	from, to     survey.Region
}

// fetched returns the hand-overs that took place.
func (t Takeovers) fetched(cycle survey.Cycle) (map[handover]bool, error) {
	list, err := t.records.Handovers(cycle)
	done := make(map[handover]bool, len(list))
	for _, h := range list {
		done[handover{h.Organisation, h.From, h.To}] = true
	}
	return done, err
}

// copied reports whether that region's answers of the cycle lie here, or a mark
// that they were taken back: neither is left of what was erased.
func (e *exchange) copied(cycle survey.Cycle, id survey.Identifier, from survey.Region) (bool, error) {
	copies, err := e.records.SharedOf(cycle, id)
	return slices.ContainsFunc(copies, func(c store.SharedCopy) bool { return c.From == from }), err
}

// takenOver returns what companies said in the cycle to regions that handed them
// over to this one, as far as it can be read here.
func (t Takeovers) takenOver(cycle survey.Cycle) ([]totals.TakenOver, error) {
	copies, err := t.records.SharedWithUs(cycle)
	if err != nil {
		return nil, err
	}
	var list []totals.TakenOver
	for _, c := range copies {
		if !c.HandedOver {
			continue
		}
		answers, metrics, err := t.openShared(c.Sealed)
		if err != nil {
			t.log.Warn("what was handed over cannot be read, so it counts for nothing: take the company over again", "cycle", cycle, "from", c.From, "error", err)
			continue
		}
		if len(metrics) > 0 {
			list = append(list, totals.TakenOver{Organisation: c.Organisation, From: c.From, Answers: answers, Metrics: metrics})
		}
	}
	return list, nil
}
