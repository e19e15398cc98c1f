package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// campaignYear is one campaign of the demo.
type campaignYear struct {
	opening   api.NewCampaign
	companies []Company
	finish    func(context.Context, []*regionPart) error // runs after the answers are in
}

// seed opens the campaigns. Unless that was done before, or --no-data is set, it fills them through
// the API that people use. Repeating what an interrupted run did has no effect.
func (d *instance) seed(ctx context.Context) error {
	first, err := d.client(d.file.Nodes[0])
	if err != nil {
		return err
	}

	now := campaignYear{companies: Companies(d.file.Regions()),
		opening: api.NewCampaign{Cycle: string(cli.DemoCycle), Opens: "2023-04-03", Closes: "2023-09-29"},
		finish:  func(ctx context.Context, regions []*regionPart) error { return forAll(ctx, regions, awaitTotals) }}
	before := campaignYear{companies: earlierCompanies(d.file.Regions()), finish: certifyYear,
		opening: api.NewCampaign{Cycle: string(EarlierCycle), Opens: "2022-04-04", Closes: "2022-09-30"}}

	if d.noData || d.file.Seeded {
		return openYear(ctx, first, now)
	}

	for _, year := range []campaignYear{before, now} {
		if err := openYear(ctx, first, year); err != nil {
			return err
		}
	}

	// Together, because the two years share most companies.
	if err := d.addCompanies(ctx, before, now); err != nil {
		return fmt.Errorf("add the invented companies: %w", err)
	}

	// Both years at the same time: one has work to do while the other waits.
	var both sync.WaitGroup
	errs := make(chan error, 2)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, year := range []campaignYear{before, now} {
		both.Go(func() {
			if err := d.fill(ctx, year); err != nil {
				errs <- fmt.Errorf("%s: %w", year.opening.Cycle, err)
				cancel()
			}
		})
	}

	both.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return err
	}
	d.file.Seeded = true
	return nil
}

func openYear(ctx context.Context, first *cli.Client, year campaignYear) error {
	_, err := patiently(ctx, first, http.MethodPost, "/campaigns", year.opening)
	var refusal *survey.Refusal
	if errors.As(err, &refusal) && refusal.Code == survey.RefusedCampaignExists {
		return nil // an earlier run or a person opened it, perhaps with other dates
	}
	if err != nil {
		return fmt.Errorf("open the demo's campaign %s: %w", year.opening.Cycle, err)
	}
	return nil
}

// addCompanies registers the companies of all years, each once.
func (d *instance) addCompanies(ctx context.Context, years ...campaignYear) error {
	seen := map[survey.Identifier]bool{}
	var all campaignYear
	for _, year := range years {
		for _, c := range year.companies {
			if !seen[c.ID] {
				seen[c.ID] = true
				all.companies = append(all.companies, c)
			}
		}
	}

	regions, err := regionParts(d.file, all)
	if err != nil {
		return err
	}
	return forAll(ctx, regions, registerCompanies)
}

// fill takes one year from its supporters to its figures. If an interrupted run closed the year,
// all answers are in.
func (d *instance) fill(ctx context.Context, year campaignYear) error {
	regions, err := regionParts(d.file, year)
	if err != nil {
		return err
	}
	answer, err := regions[0].client.Get(ctx, "/campaigns/"+year.opening.Cycle, nil)
	campaign, _, err := cli.Decoded[api.CampaignDetail](answer, err)
	if err != nil {
		return err
	}

	if campaign.State != survey.CampaignOpen {
		return year.finish(ctx, regions)
	}

	if err := takeToAnswers(ctx, regions); err != nil {
		return err
	}
	return year.finish(ctx, regions)
}

// Fill registers companies at the nodes of a running demo and takes them to their answers in the
// cycle.
func Fill(ctx context.Context, file cli.DemoFile, cycle survey.Cycle, companies []Company) error {
	year := campaignYear{opening: api.NewCampaign{Cycle: string(cycle)}, companies: companies}
	regions, err := regionParts(file, year)
	if err != nil {
		return err
	}
	if err := forAll(ctx, regions, registerCompanies); err != nil {
		return fmt.Errorf("add the invented companies: %w", err)
	}
	return takeToAnswers(ctx, regions)
}

// client returns a client of one of the demo's nodes.
func (d *instance) client(n cli.DemoNode) (*cli.Client, error) {
	return cli.NewClient(d.file.Profile(n), "")
}
