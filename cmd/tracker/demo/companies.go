package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// The national figures published for 2022-23 by the AHSN Network. The demo's invented answers add
// up to them, so that anyone who knows the report can check the arithmetic. Companies, answers and
// their split are invented.
const (
	publishedSupported   = 2831
	publishedResponded   = 1274                            // 45 %, in the reported range of 40-50 %
	publishedInvestment  = survey.Pence(428_000_000 * 100) // leveraged
	publishedJobsCreated = survey.FTE(874 * 100)
	publishedJobsKept    = survey.FTE(455 * 100) // 1,329 created or safeguarded
)

// Company is an invented company and what becomes of it in the demo's campaign. State is the final
// state of its claim, empty if nobody claimed it. Answers are nil unless it responded.
type Company struct {
	New        survey.NewOrganisation
	ID         survey.Identifier
	Supporters []survey.Region // the first one leads
	State      survey.ClaimState
	Answers    *Answers
}

// Answers are an invented company's figures. Money is in pence, posts are in FTE hundredths.
type Answers struct {
	Staff        survey.FTE
	NewPosts     survey.FTE // q04
	Created      survey.FTE // q05
	Kept         survey.FTE // q06
	Secured      [7]survey.Pence
	Leveraged    survey.Pence // q08
	Sales        survey.Pence // q09
	Adoptions    int
	Stage        int
	Partnerships int
	Support      []int
	Recommend    int
}

// regionWeights are each region's share of the supported companies, roughly by population and life
// science activity.
var regionWeights = map[survey.Region]int{
	"nenc": 7, "nwc": 7, "gm": 7, "yh": 9, "em": 7, "wm": 9, "east": 8, "uclp": 9,
	"ichp": 6, "sl": 6, "kss": 7, "otv": 8, "wessex": 5, "we": 5, "sw": 5,
}

// Companies invents the demo's companies for the regions. It returns the same ones for the same
// regions at every call.
func Companies(regions []survey.Region) []Company {
	random := rand.New(rand.NewPCG(2022, 23))
	names := newCompanyNames(random)
	leads := leadingRegions(regions)
	companies := make([]Company, publishedSupported)

	for i := range companies {
		sector := weightedSectors[random.IntN(len(weightedSectors))]
		lead := leads[i]
		companies[i] = Company{
			ID:         survey.Identifier(fmt.Sprintf("%s:%d", survey.SchemeCompany, cli.FirstInvented+i)),
			Supporters: []survey.Region{lead},
		}
		// About one company in twelve has a second supporter, as in the real lists.
		if len(regions) > 1 && random.IntN(12) == 0 {
			if second := regions[random.IntN(len(regions))]; second != lead {
				companies[i].Supporters = append(companies[i].Supporters, second)
			}
		}

		companies[i].New = survey.NewOrganisation{
			Identifiers: []survey.Identifier{companies[i].ID},
			Name:        names.next(sector),
			NameAsOf:    cli.DemoCycle.Ends(),
			Kind:        survey.KindCompany,
			LeadRegion:  lead,
			Status:      survey.StatusActive,
			Sector:      sector,
			SizeBand:    weightedSizes[random.IntN(len(weightedSizes))],
		}
	}

	random.Shuffle(len(companies), func(a, b int) { companies[a], companies[b] = companies[b], companies[a] })
	claimStates(companies)
	answerCompanies(companies, random)
	sort.Slice(companies, func(a, b int) bool { return companies[a].ID < companies[b].ID })
	return companies
}

// weightedSectors and weightedSizes repeat a value as often as it should come up. Most supported
// companies are small and work on devices or software.
var (
	weightedSectors = []survey.Sector{survey.SectorMedTech, survey.SectorMedTech, survey.SectorMedTech,
		survey.SectorDigital, survey.SectorDigital, survey.SectorDigital, survey.SectorDiagnostics,
		survey.SectorDiagnostics, survey.SectorPharma, survey.SectorServices, survey.SectorOther}
	weightedSizes = []survey.SizeBand{survey.SizeMicro, survey.SizeMicro, survey.SizeMicro, survey.SizeMicro,
		survey.SizeSmall, survey.SizeSmall, survey.SizeSmall, survey.SizeMedium, survey.SizeLarge}
)

// leadingRegions gives each company a lead region, by the weights.
func leadingRegions(regions []survey.Region) []survey.Region {
	var sum int
	for _, r := range regions {
		sum += regionWeights[r]
	}

	leads := make([]survey.Region, 0, publishedSupported)
	var upTo int
	for i, r := range regions {
		upTo += regionWeights[r]

		// Rounding would leave the last companies without a region.
		until := publishedSupported * upTo / sum
		if i == len(regions)-1 {
			until = publishedSupported
		}
		for len(leads) < until {
			leads = append(leads, r)
		}
	}
	return leads
}

// claimStates puts the campaign where a real one is near its end: the first part answered, the rest
// are in every other state, and some are not claimed.
func claimStates(companies []Company) {
	for i := range companies {
		switch rest := i - publishedResponded; {
		case rest < 0:
			companies[i].State = survey.Responded
		case rest < 700:
			companies[i].State = survey.Contacted
		case rest < 900:
			companies[i].State = survey.Claimed
		case rest < 1060:
			companies[i].State = survey.Declined
		case rest < 1160:
			companies[i].State = survey.Unreachable
		}
	}
}

// answerCompanies invents the answers of the companies that responded. Their sums are exactly the
// published ones.
func answerCompanies(companies []Company, random *rand.Rand) {
	// In units of £100 and of half a post, as companies report them.
	investment := splitShares(random, publishedResponded, int64(publishedInvestment)/100_00, 0.42, 1.9)
	created := splitShares(random, publishedResponded, int64(publishedJobsCreated)/50, 0.35, 0.8)
	kept := splitShares(random, publishedResponded, int64(publishedJobsKept)/50, 0.2, 0.8)

	for i := range companies {
		if companies[i].State == survey.Responded {
			companies[i].Answers = InventAnswers(random, survey.Pence(investment[i])*100_00,
				survey.FTE(created[i])*50, survey.FTE(kept[i])*50, companies[i].New.SizeBand)
		}
	}
}

// InventAnswers completes one company's answers around its share of the sums. They follow every
// rule of the questionnaire.
func InventAnswers(random *rand.Rand, leveraged survey.Pence, created, kept survey.FTE, size survey.SizeBand) *Answers {
	staff := map[survey.SizeBand]int{
		survey.SizeMicro: 4, survey.SizeSmall: 22, survey.SizeMedium: 90, survey.SizeLarge: 400}[size]
	a := &Answers{
		NewPosts:     created + survey.FTE(random.IntN(3)*100),
		Created:      created,
		Kept:         kept,
		Leveraged:    leveraged,
		Sales:        survey.Pence(random.IntN(4)*random.IntN(60)) * 1000_00,
		Adoptions:    random.IntN(4) * random.IntN(3),
		Stage:        random.IntN(6),
		Partnerships: random.IntN(3) * random.IntN(2),
		Support:      []int{random.IntN(10)},
		Recommend:    min(random.IntN(7), 4),
	}

	a.Staff = a.NewPosts + created + kept + survey.FTE(staff*100+random.IntN(staff)*100)
	if other := random.IntN(10); other != a.Support[0] {
		a.Support = append(a.Support, other)
	}

	sort.Ints(a.Support)

	// At least as much was secured as the AHSN helped with. It comes from one main source and one
	// smaller one.
	main, lesser := random.IntN(7), random.IntN(7)
	a.Secured[main] += leveraged / 10_000 * 7_000
	a.Secured[lesser] += leveraged - leveraged/10_000*7_000 + survey.Pence(random.IntN(5)*5000_00)
	return a
}

// splitShares splits total into n whole shares. Some are zero; the others follow a log-normal
// distribution, as money and posts do.
func splitShares(random *rand.Rand, n int, total int64, nonZero, spread float64) []int64 {
	weights := make([]float64, n)
	var sum float64
	for i := range weights {
		if random.Float64() < nonZero {
			weights[i] = math.Exp(random.NormFloat64() * spread)
			sum += weights[i]
		}
	}

	shares := make([]int64, n)
	left := total
	for i, w := range weights {
		shares[i] = int64(float64(total) * w / sum)
		left -= shares[i]
	}

	// Rounding leaves less than one unit each. It is spread over those that have a share, so that
	// no company stands out.
	for i := 0; left > 0; i = (i + 1) % n {
		if weights[i] > 0 {
			shares[i]++
			left--
		}
	}
	return shares
}

// companyNames invents company names that no register has: made-up words with an ordinary trade
// behind them.
type companyNames struct {
	random *rand.Rand
	used   map[string]bool
}

func newCompanyNames(random *rand.Rand) *companyNames {
	return &companyNames{random: random, used: map[string]bool{}}
}

var (
	nameOnsets = []string{"br", "cal", "d", "el", "fen", "gr", "hal", "il", "jor", "k", "lum", "mer",
		"n", "or", "pel", "qu", "ros", "s", "tam", "ul", "v", "w", "yar", "z"}
	nameMiddles = []string{"a", "an", "e", "en", "i", "in", "o", "or", "u", "ea", "io", "av", "er", "ith", "om"}
	nameEndings = []string{"dric", "lex", "mont", "nova", "pha", "quist", "ra", "sen", "thos", "vane",
		"wick", "xis", "zo", "bel", "cor", "gil"}
	nameTrades = map[survey.Sector][]string{
		survey.SectorMedTech:     {"Medical", "Devices", "Implants", "Surgical", "Biomedical"},
		survey.SectorDigital:     {"Digital Health", "Health Software", "Care Systems", "Analytics"},
		survey.SectorDiagnostics: {"Diagnostics", "Imaging", "Assays", "Sensors"},
		survey.SectorPharma:      {"Therapeutics", "Pharma", "Biologics"},
		survey.SectorServices:    {"Health Services", "Clinical Research", "Care Consulting"},
		survey.SectorOther:       {"Innovations", "Materials", "Robotics"},
	}
)

func (n *companyNames) next(sector survey.Sector) string {
	trades := nameTrades[sector]
	for {
		word := pick(n.random, nameOnsets) + pick(n.random, nameMiddles) + pick(n.random, nameEndings)
		name := strings.ToUpper(word[:1]) + word[1:] + " " + pick(n.random, trades) + " Ltd"
		// Two companies with the same name would look like duplicates.
		if !n.used[name] {
			n.used[name] = true
			return name
		}
	}
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
