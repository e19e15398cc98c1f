package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// awaitTotals waits until the region's node shows the published figures, with every region current.
// It waits at most settleTimeout.
func awaitTotals(ctx context.Context, r *regionPart) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()

	for {
		query := cli.Query("cycle", string(cli.DemoCycle))
		totals, _, err := cli.Decoded[survey.Totals](r.client.Get(ctx, "/totals", query))
		if err != nil {
			return err
		}

		wrong := totalsDifference(totals)
		if wrong == "" {
			return nil
		}

		if !notifier.Pause(ctx, pollEvery) {
			return fmt.Errorf("the totals are not the published ones after %s: %s", settleTimeout, wrong)
		}
	}
}

// totalsDifference says which total differs from the published one. It returns "" if none does.
func totalsDifference(totals survey.Totals) string {
	published := map[string]int64{
		"companies_supported":         publishedSupported,
		"investment_leveraged":        int64(publishedInvestment),
		"jobs_created_or_safeguarded": int64(publishedJobsCreated + publishedJobsKept),
	}
	if totals.Policy != cli.DemoOpenPolicy {
		// The newest answers wait to be released together. How many wait is up to the policy, but
		// every region says how many it has.

		published = map[string]int64{"companies_supported": publishedSupported}
		in := int64(0)
		for _, r := range totals.Coverage.Regions {
			in += r.AnswersIn
		}
		if in != publishedResponded {
			return fmt.Sprintf("the regions say that %d answers are in, not %d", in, publishedResponded)
		}
	}

	// A figure that is missing stays in the map and is reported below.
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

// settleTimeout is the time that all nodes have to show the same totals. The machine may be busy
// with other work.
const settleTimeout = 2 * time.Minute

// certifyYear closes the year before and takes it to certified figures as the regions would: every
// region signs off, then they co-sign.
func certifyYear(ctx context.Context, regions []*regionPart) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()

	// Figures are final at the close, so every answer must be in before it.
	for _, step := range []func(context.Context, []*regionPart) error{awaitAnswers, closeYear} {
		if err := step(ctx, regions); err != nil {
			return err
		}
	}

	for _, step := range []string{"sign-off", "cosign"} {
		take := func(ctx context.Context, r *regionPart) error { return r.certify(ctx, step) }
		if err := forAll(ctx, regions, take); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}

	return forAll(ctx, regions, awaitCertified)
}

// awaitAnswers waits until the registry knows that all companies that answer have answered.
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
		answer, err := regions[0].client.Get(ctx, cli.CampaignPath(EarlierCycle), nil)
		campaign, _, err := cli.Decoded[api.CampaignDetail](answer, err)
		if err != nil {
			return err
		}

		if campaign.Counts.Responded >= want {
			return nil
		}

		if !notifier.Pause(ctx, pollEvery) {
			return fmt.Errorf("the registry knows %d of %d answers after %s", campaign.Counts.Responded, want,
				settleTimeout)
		}
	}
}

// closeYear closes the campaign once every node has said that its software knows revisions, because
// the close opens the first one.
func closeYear(ctx context.Context, regions []*regionPart) error {
	first, path := regions[0].client, cli.CampaignPath(EarlierCycle)
	for {
		// This step needs the same version of the software and changes nothing: it asks whether all
		// have it.
		_, err := patiently(ctx, first, http.MethodPatch, path, api.CampaignChange{Opens: "2022-04-04"})
		var refusal *survey.Refusal
		if !errors.As(err, &refusal) || refusal.Code != survey.RefusedNeedsUpgrade {
			if err != nil && refusal == nil {
				return err
			}
			break // they know them, or an interrupted run has closed the campaign
		}

		if !notifier.Pause(ctx, pollEvery) {
			return err
		}
	}

	_, err := patiently(ctx, first, http.MethodPost, path+"/close", struct{}{})
	return unlessDone(err, survey.RefusedCampaignNotOpen)
}

// certify takes one step. It is no error if a majority has made the year final already.
func (r *regionPart) certify(ctx context.Context, step string) error {
	_, err := patiently(ctx, r.client, http.MethodPost, cli.CertificationPath(EarlierCycle, "/"+step), struct{}{})
	return unlessDone(err, survey.RefusedAlreadyCertified)
}

// unlessDone returns nil if the refusal says that the step has been taken already.
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

		if !notifier.Pause(ctx, pollEvery) {
			return fmt.Errorf("%s is not certified after %s: %w", EarlierCycle, settleTimeout, err)
		}
	}
}

// earlierDifference returns an error that names the certified figure that differs from the
// published one.
func earlierDifference(totals survey.Totals) error {
	for _, f := range totals.Figures {
		open := totals.Policy == cli.DemoOpenPolicy // other policies round or hide it
		if f.Metric == "investment_leveraged" && open && f.Value != int64(earlierInvestment) {
			return fmt.Errorf("%s: %s is %d, not %d", totals.Cycle, f.Metric, f.Value, earlierInvestment)
		}
	}
	return nil
}
