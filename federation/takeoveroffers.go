package federation

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Takeovers returns the companies that this region holds in the cycle and
// another one held before, in this campaign or in that of the year before, in
// order of organisation: what that region knows of them can be taken over. It
// reads this node's own copies and waits for nobody.
func (t Takeovers) Takeovers(cycle survey.Cycle) ([]survey.TakeoverOffer, error) {
	fetched, err := t.fetched(cycle)
	copies, copiesErr := t.records.SharedWithUs(cycle.Previous())
	if err := errors.Join(err, copiesErr); err != nil {
		return nil, fmt.Errorf("what can be taken over for %s: %w", cycle, err)
	}
	here := map[handover]bool{}
	for _, c := range copies {
		here[handover{c.Organisation, c.From, t.region}] = c.HandedOver
	}

	offers := []survey.TakeoverOffer{}
	t.eachClaim(survey.ClaimFilter{Cycle: cycle, Region: t.region}, func(c survey.Claim) {
		from, err := t.FormerHolder(cycle, c.Organisation)
		if err != nil {
			return // nobody held it before, or it was given up a moment ago
		}
		last, answered := t.lastHolder(cycle, c.Organisation)
		way := handover{c.Organisation, from, t.region}
		taken := here[handover{c.Organisation, last, t.region}] || !answered && here[way]
		offers = append(offers, survey.TakeoverOffer{
			Organisation: c.Organisation, From: from, LastYear: answered, TakenOver: taken, Fetched: fetched[way],
		})
	})

	slices.SortFunc(offers, func(a, b survey.TakeoverOffer) int { return cmp.Compare(a.Organisation, b.Organisation) })
	return offers, nil
}

// HandedOn returns the companies that other regions hold in the cycle, that
// this one held before, in this campaign or in that of the year before, and of
// which this node knows something that the company lets them see, in order of
// organisation. It reads this node's own copies and waits for nobody.
func (t Takeovers) HandedOn(cycle survey.Cycle) ([]survey.HandedOn, error) {
	fetched, failed := t.fetched(cycle)
	held := map[survey.Identifier]bool{} // by this region in the year before
	t.eachClaim(survey.ClaimFilter{Cycle: cycle.Previous(), Region: t.region}, func(c survey.Claim) {
		held[c.Organisation] = true
	})

	list := []survey.HandedOn{}
	t.eachClaim(survey.ClaimFilter{Cycle: cycle}, func(c survey.Claim) {
		ours := held[c.Organisation] || slices.Contains(c.Before, t.region)
		if failed != nil || !ours || c.Free() || c.Region == t.region {
			return
		}
		allowed, err := t.allows(cycle, c.Organisation, c.Region)
		if failed = err; allowed {
			list = append(list, survey.HandedOn{Organisation: c.Organisation, To: c.Region,
				Fetched: fetched[handover{c.Organisation, t.region, c.Region}]})
		}
	})

	if failed != nil {
		return nil, fmt.Errorf("what others can take over for %s: %w", cycle, failed)
	}
	slices.SortFunc(list, func(a, b survey.HandedOn) int { return cmp.Compare(a.Organisation, b.Organisation) })
	return list, nil
}

// eachClaim calls do with every claim that the filter selects.
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

// handover is one way of a company's file.
type handover struct {
	organisation survey.Identifier
	from, to     survey.Region
}

// fetched returns the hand-overs that took place in the cycle.
func (t Takeovers) fetched(cycle survey.Cycle) (map[handover]bool, error) {
	list, err := t.records.Handovers(cycle)
	done := make(map[handover]bool, len(list))
	for _, h := range list {
		done[handover{h.Organisation, h.From, h.To}] = true
	}
	return done, err
}

// copied reports whether that region's answers of the cycle are here, or a mark
// that they were taken back. An erased copy leaves neither.
func (e *exchange) copied(cycle survey.Cycle, id survey.Identifier, from survey.Region) (bool, error) {
	copies, err := e.records.SharedOf(cycle, id)
	return slices.ContainsFunc(copies, func(c store.SharedCopy) bool { return c.From == from }), err
}

// takenOver returns the answers of the cycle that other regions handed over to
// this one, as far as they can be read here.
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
			t.log.Warn("handed-over answers cannot be read, so they count for nothing: take the company over again",
				"cycle", cycle, "from", c.From, "error", err)
			continue
		}

		if len(metrics) > 0 {
			list = append(list, totals.TakenOver{
				Organisation: c.Organisation, From: c.From, Answers: answers, Metrics: metrics,
			})
		}
	}
	return list, nil
}
