package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// regionPart is one region's part in filling a year: its node and the companies that it leads.
type regionPart struct {
	region survey.Region
	client *cli.Client
	cycle  survey.Cycle
	leads  []Company
	second []survey.Identifier // companies it supports too but another region leads
	claims map[survey.Identifier]survey.Claim
}

// regionParts returns each region's part in a year. Each has a client of its own.
func regionParts(file cli.DemoFile, year campaignYear) ([]*regionPart, error) {
	var regions []*regionPart
	byRegion := map[survey.Region]*regionPart{}
	for _, n := range file.Nodes {
		cl, err := cli.NewClient(file.Profile(n), "")
		if err != nil {
			return nil, err
		}

		r := &regionPart{region: survey.Region(n.Region), client: cl, cycle: survey.Cycle(year.opening.Cycle),
			claims: map[survey.Identifier]survey.Claim{}}
		regions = append(regions, r)
		byRegion[r.region] = r
	}

	for _, company := range year.companies {
		lead := byRegion[company.Supporters[0]]
		lead.leads = append(lead.leads, company)
		for _, other := range company.Supporters[1:] {
			byRegion[other].second = append(byRegion[other].second, company.ID)
		}
	}
	return regions, nil
}

// batch posts a list and returns the outcomes. A refused one is an error here.
func (r *regionPart) batch(ctx context.Context, path string, body any) ([]survey.Outcome, error) {
	done, _, err := cli.Decoded[api.Batch](patiently(ctx, r.client, http.MethodPost, path, body))
	if err != nil {
		return nil, err
	}
	for _, item := range done.Items {
		if item.Refusal != nil {
			return nil, fmt.Errorf("%s: %w", item.ID, item.Refusal)
		}
	}
	return done.Items, nil
}

func (r *regionPart) path(rest string) string { return cli.CampaignPath(r.cycle) + "/" + rest }

func identifierBatch(ids []survey.Identifier) api.IdentifierBatch {
	return api.IdentifierBatch{Organisations: survey.Codes(ids)}
}

// forAll runs do for every region at the same time. It returns the first error, which names its
// region, and then stops the others.
func forAll(ctx context.Context, regions []*regionPart, do func(context.Context, *regionPart) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var all sync.WaitGroup
	errs := make(chan error, len(regions))
	for _, r := range regions {
		all.Go(func() {
			if err := do(ctx, r); err != nil {
				errs <- fmt.Errorf("%s: %w", r.region, err)
				cancel()
			}
		})
	}

	all.Wait()
	close(errs)
	return <-errs
}

// quorumTimeout is how long too few nodes may answer while a year is filled. All of them share this
// machine with everything else it does.
const quorumTimeout = 60 * time.Second

// patiently takes a step that binds the nation. It repeats the step with the same key while too few
// nodes answer, or none says in time what became of it.
func patiently(ctx context.Context, cl *cli.Client, method, path string, body any) (cli.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, quorumTimeout)
	defer cancel()

	key := cl.NextKey()
	for {
		r, err := cl.Change(ctx, method, path, body, key)
		again := errors.Is(err, survey.ErrNoQuorum) || errors.Is(err, survey.ErrUnknownOutcome)
		if !again || !notifier.Pause(ctx, pollEvery) {
			return r, err
		}
	}
}
