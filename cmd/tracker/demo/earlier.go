package demo

import (
	"fmt"
	"math/rand/v2"
	"sort"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// The year before the demo's own, closed and certified. The investment is the published figure.
// Companies, answers and everything else are invented.
const (
	EarlierCycle      = survey.Cycle("2021-22")
	earlierInvestment = survey.Pence(455_000_000 * 100)
	earlierCreated    = survey.FTE(790 * 100)
	earlierKept       = survey.FTE(402 * 100)

	goneCompanies = 330     // supported in that year only
	goneFirst     = 200_000 // where their numbers begin in the range
	earlierWave   = 62      // of 100 that answered later, how many had answered already
)

// earlierCompanies invents the companies of the year before. Most that answered in the demo's own
// year had answered then too, with similar figures. Otherwise a comparison over the same companies
// would mean nothing.
func earlierCompanies(regions []survey.Region) []Company {
	random := rand.New(rand.NewPCG(2021, 22))
	names := newCompanyNames(random)
	var companies []Company

	for _, later := range Companies(regions) {
		names.used[later.New.Name] = true
		earlier := later
		earlier.Supporters, earlier.Answers, earlier.State = later.Supporters[:1], nil, ""
		switch chance := random.IntN(100); {
		case later.State == survey.Responded && chance < earlierWave:
			earlier.State, earlier.Answers = survey.Responded, earlierAnswers(random, later)
		case chance < 25:
			earlier.State = survey.Declined
		case later.State != survey.Responded && chance < 75: // supported, but nobody asked them
		default:
			continue
		}
		companies = append(companies, earlier)
	}

	for i := range goneCompanies {
		companies = append(companies, goneCompany(i, names, regions[i%len(regions)], random))
	}

	balance(companies)
	sort.Slice(companies, func(a, b int) bool { return companies[a].ID < companies[b].ID })
	return companies
}

// goneCompany is one that was supported in the year before but not since.
func goneCompany(i int, names *companyNames, lead survey.Region, random *rand.Rand) Company {
	sector := pick(random, weightedSectors)
	id := survey.Identifier(fmt.Sprintf("%s:%d", survey.SchemeCompany, cli.FirstInvented+goneFirst+i))
	c := Company{ID: id, Supporters: []survey.Region{lead}, New: survey.NewOrganisation{
		Identifiers: []survey.Identifier{id}, Name: names.next(sector), NameAsOf: EarlierCycle.Ends(),
		Kind: survey.KindCompany, LeadRegion: lead, Status: survey.StatusActive, Sector: sector,
		SizeBand: pick(random, weightedSizes)}}

	if i%10 < 3 {
		return c
	}

	c.State = survey.Responded
	leveraged := survey.Pence(random.IntN(12)*random.IntN(9)) * 10_000_00
	created, kept := survey.FTE(random.IntN(3)*50), survey.FTE(random.IntN(2)*50)
	c.Answers = InventAnswers(random, leveraged, created, kept, c.New.SizeBand)
	return c
}

// earlierAnswers invents a company's answers a year before, close to the later ones.
func earlierAnswers(random *rand.Rand, later Company) *Answers {
	now := later.Answers
	near := func(n int64) int64 { return n * int64(80+random.IntN(45)) / 100 }
	leveraged := survey.Pence(near(int64(now.Leveraged)/100_00)) * 100_00
	created, kept := survey.FTE(near(int64(now.Created)/50))*50, survey.FTE(near(int64(now.Kept)/50))*50
	return InventAnswers(random, leveraged, created, kept, later.New.SizeBand)
}

// balance spreads the rest of the year's sums over all companies that have a share in
// them, so that none stands out.
func balance(companies []Company) {
	leveraged := func(a *Answers) int64 { return int64(a.Leveraged) / 100_00 }
	spread(companies, int64(earlierInvestment)/100_00, leveraged, func(a *Answers, more int64) {
		a.Leveraged += survey.Pence(more) * 100_00
		for i := range a.Secured { // one source gives the difference
			if left := a.Secured[i] + survey.Pence(more)*100_00; left >= 0 && (a.Secured[i] > 0 || more > 0) {
				a.Secured[i] = left
				return
			}
		}
	})

	created := func(a *Answers) int64 { return int64(a.Created) / 50 }
	spread(companies, int64(earlierCreated)/50, created, func(a *Answers, more int64) {
		a.Created += survey.FTE(more) * 50
		a.NewPosts, a.Staff = a.NewPosts+survey.FTE(max(more, 0))*50, a.Staff+survey.FTE(max(more, 0))*50
	})

	kept := func(a *Answers) int64 { return int64(a.Kept) / 50 }
	spread(companies, int64(earlierKept)/50, kept, func(a *Answers, more int64) {
		a.Kept += survey.FTE(more) * 50
		a.Staff += survey.FTE(max(more, 0)) * 50
	})
}

// spread makes the shares add up to total, in proportion. What rounding leaves over is added one
// unit at a time.
func spread(companies []Company, total int64, part func(*Answers) int64, add func(*Answers, int64)) {
	var sum int64
	var with []*Answers
	for _, c := range companies {
		if c.Answers != nil && part(c.Answers) > 0 {
			with = append(with, c.Answers)
			sum += part(c.Answers)
		}
	}

	left := total
	for _, a := range with {
		more := part(a)*total/sum - part(a)
		add(a, more)
		left -= part(a)
	}

	for i := 0; left > 0; i = (i + 1) % len(with) {
		add(with[i], 1)
		left--
	}
}
