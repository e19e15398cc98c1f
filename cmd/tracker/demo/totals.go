package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// awaitTotals waits until the region's node shows the published figures
// with every region current.
func awaitTotals(ctx context.Context, r *regionPart) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for {
		totals, _, err := cli.Decoded[survey.Totals](r.client.Get(ctx, "/totals", url.Values{"cycle": {string(cli.DemoCycle)}}))
		if err != nil {
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

// certifyYear closes the year before and takes it, as the regions would, to
// certified figures: every region signs off, then they co-sign.
func certifyYear(ctx context.Context, regions []*regionPart) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for _, step := range []func(context.Context, []*regionPart) error{awaitAnswers, closeYear} {
		if err := step(ctx, regions); err != nil {
			return err
		}
	}
	if err := forAll(ctx, regions, func(ctx context.Context, r *regionPart) error { return r.certify(ctx, "sign-off") }); err != nil {
		return fmt.Errorf("sign off: %w", err)
	}
	if err := forAll(ctx, regions, func(ctx context.Context, r *regionPart) error { return r.certify(ctx, "cosign") }); err != nil {
		return fmt.Errorf("co-sign: %w", err)
	}
	return forAll(ctx, regions, awaitCertified)
}

// awaitAnswers waits until the registry knows that all have answered.
func awaitAnswers(ctx context.Context, regions []*regionPart) error {
	want := 0
	for _, r := range regions {
		for _, c := range r.leads {
			if c.Answers != nil {
				want++
			}
		}
	}
	for {
		campaign, _, err := cli.Decoded[api.CampaignDetail](regions[0].client.Get(ctx, cli.CampaignPath(EarlierCycle), nil))
		if err != nil {
			return err
		}
		if campaign.Counts.Responded >= want {
			return nil
		}
		if !waitFor(ctx, pollEvery) {
			return fmt.Errorf("%d of %d answers are known to the registry after %s", campaign.Counts.Responded, want, settleTimeout)
		}
	}
}

// closeYear closes the campaign as soon as every node has said that its software
// knows revisions: the close opens the first one.
func closeYear(ctx context.Context, regions []*regionPart) error {
	first, path := regions[0].client, cli.CampaignPath(EarlierCycle)
	for {
		_, err := patiently(ctx, first, http.MethodPatch, path, api.CampaignChange{Opens: "2022-04-04"})
		var refusal *survey.Refusal
		if !errors.As(err, &refusal) || refusal.Code != survey.RefusedNeedsUpgrade {
			if err != nil && refusal == nil {
				return err
			}
			break // known; or closed by an interrupted run
		}
		if !waitFor(ctx, pollEvery) {
			return err
		}
	}
	_, err := patiently(ctx, first, http.MethodPost, path+"/close", struct{}{})
	return unlessDone(err, survey.RefusedCampaignNotOpen)
}

// certify takes one step; the majority may have made the year final before.
func (r *regionPart) certify(ctx context.Context, step string) error {
	_, err := patiently(ctx, r.client, http.MethodPost, cli.CertificationPath(EarlierCycle, "/"+step), struct{}{})
	return unlessDone(err, survey.RefusedAlreadyCertified)
}

// unlessDone forgives the refusal of what is so already.
func unlessDone(err error, code survey.RefusalCode) error {
	var refusal *survey.Refusal
	if errors.As(err, &refusal) && refusal.Code == code {
		return nil
	}
	return err
}

// awaitCertified waits until the region's node shows the certified figures.
func awaitCertified(ctx context.Context, r *regionPart) error {
	for {
		query := cli.Query("cycle", string(EarlierCycle), "mode", string(survey.ModeCertified))
		totals, _, err := cli.Decoded[survey.Totals](r.client.Get(ctx, "/totals", query))
		if err == nil {
			return earlierDifference(totals)
		}
		if !errors.Is(err, survey.ErrNotFound) {
			return err
		}
		if !waitFor(ctx, pollEvery) {
			return fmt.Errorf("%s is not certified after %s: %w", EarlierCycle, settleTimeout, err)
		}
	}
}

// earlierDifference says what of the certified figures is not as published.
func earlierDifference(totals survey.Totals) error {
	for _, f := range totals.Figures {
		if f.Metric == "investment_leveraged" && totals.Policy == cli.DemoOpenPolicy && f.Value != int64(earlierInvestment) {
			return fmt.Errorf("%s: %s is %d, not %d", totals.Cycle, f.Metric, f.Value, earlierInvestment)
		}
	}
	return nil
}
