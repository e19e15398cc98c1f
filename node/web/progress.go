package web

import (
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// progress says how many answers are in released figures with all that they
// say, and what happens to the rest. Companies are the most that one figure is
// from: if they are more, it has parts of other answers too.
func progress(released, in, companies int64) string {
	switch waiting := in - released; {
	case in == 0:
		return "from no answers yet"
	case waiting <= 0:
		return "from all " + page.Plural(int(in), "answer")
	case waiting == 1:
		return fromAnswers(released, in, companies) + "; 1 is in and will be added in a batch, or at the close"
	default:
		return fromAnswers(released, in, companies) + "; " + survey.UnitCount.Amount(waiting) +
			" are in and will be added in batches, all at close"
	}
}

// fromAnswers is "from 1,072 of 1,274 answers and parts of others".
func fromAnswers(released, in, companies int64) string {
	words := "from " + survey.UnitCount.Amount(released) + " of " + page.Plural(int(in), "answer")
	if companies > released {
		words += " and parts of others"
	}
	return words
}

// mostCompanies is how many companies one figure of the answers is from, at most.
// The number of companies supported is none: the registry counts them.
func mostCompanies(figures []survey.Figure) (most int64) {
	for _, f := range figures {
		if f.Metric != "companies_supported" {
			most = max(most, f.Contributors)
		}
	}
	return most
}
