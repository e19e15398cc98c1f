package demo

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// awaitTotals waits until the region's node shows the published figures
// with every region current.
func awaitTotals(ctx context.Context, r *regionPart) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for {
		answer, err := r.client.Get(ctx, "/totals", url.Values{"cycle": {string(cli.DemoCycle)}})
		if err != nil {
			return err
		}
		var totals survey.Totals
		if err := answer.Into(&totals); err != nil {
			return err
		}
		wrong := totalsDifference(totals)
		if wrong == "" {
			return nil
		}
		if !waitFor(ctx, pollEvery) {
			return fmt.Errorf("the totals are not the published ones after %s: %s", settleTimeout, wrong)
		}
	}
}

// totalsDifference says what of the totals is not as published, "" for nothing.
func totalsDifference(totals survey.Totals) string {
	published := map[string]int64{
		"companies_supported":         publishedSupported,
		"investment_leveraged":        int64(publishedInvestment),
		"jobs_created_or_safeguarded": int64(publishedJobsCreated + publishedJobsKept),
	}
	if totals.Policy != cli.DemoOpenPolicy {
		// The newest answers wait to be released with others: how many is
		// the policy's to say, but every region says how many it has.
		published = map[string]int64{"companies_supported": publishedSupported}
		in := int64(0)
		for _, r := range totals.Coverage.Regions {
			in += r.AnswersIn
		}
		if in != publishedResponded {
			return fmt.Sprintf("the regions say that %d answers are in, not %d", in, publishedResponded)
		}
	}
	for _, figure := range totals.Figures {
		want, ok := published[figure.Metric]
		if ok && figure.Value != want {
			return fmt.Sprintf("%s is %d, not %d", figure.Metric, figure.Value, want)
		}
		delete(published, figure.Metric)
	}
	switch {
	case len(published) > 0:
		return fmt.Sprintf("%d figures are missing", len(published))
	case totals.Coverage.Current != totals.Coverage.Of:
		return fmt.Sprintf("%d of %d regions are current", totals.Coverage.Current, totals.Coverage.Of)
	case totals.Responded != publishedResponded:
		return fmt.Sprintf("%d companies have responded, not %d", totals.Responded, publishedResponded)
	}
	return ""
}

// settleTimeout is for the totals to be the same everywhere, on a machine that
// does other things too.
const settleTimeout = 2 * time.Minute
