package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// vintageView says which figures of a year a page shows: the final ones, those
// of now, or those of a day.
type vintageView struct {
	Certificate  *survey.Certificate
	Final        string // words about the final figures that are shown
	Revisions    []revisionRow
	Changes      []changeRow
	AsOf         string // the day that was asked for, as typed
	AsOfWords    string
	HasCertified bool
	Now          bool // today's figures, although there are final ones
	Suffix       string
}

// changeRow is one national figure that a revision changed.
type changeRow struct{ Label, Before, After, Change string }

// vintage reads which figures the request asks for. A day that cannot be is a
// fault of the form; the page then shows what it shows by itself.
func (h *nationPages) vintage(r *http.Request, campaign survey.Campaign, query *survey.TotalsQuery) []page.Fault {
	certified := campaign.State == survey.CampaignCertified
	if certified {
		query.Mode = survey.ModeCertified
	}

	asked := r.URL.Query()
	switch {
	case asked.Get("asof") != "":
		day, err := time.Parse(time.DateOnly, asked.Get("asof"))
		if err != nil || day.After(h.Now()) || day.Year() < 2000 {
			return []page.Fault{{Field: "asof", Message: "Enter a day up to today, such as " + h.Today()}}
		}

		query.Mode, query.AsOf = "", day.AddDate(0, 0, 1).UTC() // the end of the day: then all nodes agree
	case asked.Get("revision") != "":
		number, err := strconv.Atoi(asked.Get("revision"))
		if err != nil || number < 0 {
			number = -1 // there is none: not found
		}
		query.Mode, query.Revision = survey.ModeCertified, &number
	case asked.Get("figures") == "now":
		query.Mode = survey.ModeCached
	}
	return nil
}

// suffix is what of the address names the vintage.
func suffix(query survey.TotalsQuery, certified bool) string {
	switch {
	case !query.AsOf.IsZero():
		return "&asof=" + query.AsOf.AddDate(0, 0, -1).Format(time.DateOnly)
	case query.Revision != nil:
		return "&revision=" + strconv.Itoa(*query.Revision)
	case certified && query.Mode == survey.ModeCached:
		return "&figures=now"
	}
	return ""
}

// describeVintage says in words which figures are shown, and which others there are.
func (h *nationPages) describeVintage(view *nationalView, r *http.Request, definitions survey.Definitions,
	query survey.TotalsQuery) error {
	e := &view.Vintage
	revisions, err := h.certification.Revisions(view.Campaign.Cycle)
	if err != nil && !errors.Is(err, survey.ErrNotFound) {
		return err
	}
	for _, revision := range slices.Backward(revisions) {
		if row := rowOfRevision(revision); row.IsCertified {
			e.Revisions = append(e.Revisions, row)
		}
	}

	e.HasCertified = len(e.Revisions) > 0
	e.Suffix = suffix(query, e.HasCertified)
	e.AsOf = r.URL.Query().Get("asof")
	if !query.AsOf.IsZero() {
		e.AsOfWords = query.AsOf.AddDate(0, 0, -1).Format("2 January 2006")
	}

	// Only final figures have a certificate and changes.
	c := view.Totals.Certified
	if c == nil {
		e.Now = e.HasCertified && query.AsOf.IsZero()
		return nil
	}
	e.Certificate = c
	e.Final = "Final since " + h.Day(c.CertifiedAt)
	if c.Revision > 0 {
		e.Final = "Revision " + strconv.Itoa(c.Revision) + ", final since " + h.Day(c.CertifiedAt)
	}

	for _, change := range c.Changes {
		e.Changes = append(e.Changes, changeRow{Label: definitions.Label(change.Metric),
			Before: change.Unit.Amount(change.Before), After: change.Unit.Amount(change.After),
			Change: signed(change.Unit, change.After-change.Before)})
	}
	return nil
}

// revisionOf returns the revision of final figures.
func (h *nationPages) revisionOf(totals survey.Totals) (survey.Revision, error) {
	revisions, err := h.certification.Revisions(totals.Cycle)
	revision, found := first(revisions, func(r survey.Revision) bool { return r.Revision == totals.Certified.Revision })
	if err == nil && !found {
		err = survey.ErrNotFound
	}
	return revision, err
}

// countsOf returns the registry's counts that belong to the figures: those at
// the opening of the revision for final ones, else today's.
func (h *nationPages) countsOf(totals survey.Totals) (survey.CampaignCounts, error) {
	if totals.Certified == nil {
		return h.campaigns.Counts(totals.Cycle)
	}
	revision, err := h.revisionOf(totals)
	return revision.Counts, err
}

// nowAddress leads to today's figures of the request's year.
func nowAddress(r *http.Request) string {
	if cycle, err := survey.ParseCycle(r.PathValue("cycle")); err == nil {
		return nationalAddress(cycle) + "?figures=now"
	}
	return "/national"
}

func nationalAddress(cycle survey.Cycle) string { return "/national/" + url.PathEscape(string(cycle)) }
