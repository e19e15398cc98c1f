package demo

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// regionPart is one region's part in filling a year: its node and the companies
// that it leads.
type regionPart struct {
	region survey.Region
	client *cli.Client
	cycle  survey.Cycle
	leads  []Company
	second []survey.Identifier // supported too, led by another region
	claims map[survey.Identifier]survey.Claim
}

// regionParts returns each region's part in a year, with clients of their own.
func regionParts(file cli.DemoFile, year campaignYear) ([]*regionPart, error) {
	var regions []*regionPart
	byRegion := map[survey.Region]*regionPart{}
	for _, n := range file.Nodes {
		cl, err := cli.NewClient(file.Profile(n), "")
		if err != nil {
			return nil, err
		}
		r := &regionPart{region: survey.Region(n.Region), client: cl, cycle: survey.Cycle(year.opening.Cycle), claims: map[survey.Identifier]survey.Claim{}}
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

// batch posts a list and returns its items; a refused one is an error here.
func (r *regionPart) batch(ctx context.Context, path string, body any) ([]survey.Outcome, error) {
	answer, err := patiently(ctx, r.client, http.MethodPost, path, body)
	if err != nil {
		return nil, err
	}
	var done api.Batch
	if err := answer.Into(&done); err != nil {
		return nil, err
	}
	for _, item := range done.Items {
		if item.Refusal != nil {
			return nil, fmt.Errorf("%s: %w", item.ID, item.Refusal)
		}
	}
	return done.Items, nil
}

func (r *regionPart) path(rest string) string { return "/campaigns/" + string(r.cycle) + "/" + rest }

func identifierBatch(ids []survey.Identifier) api.IdentifierBatch {
	var b api.IdentifierBatch
	for _, id := range ids {
		b.Organisations = append(b.Organisations, string(id))
	}
	return b
}

// forAll runs do for every region at the same time and returns the first
// error, naming its region.
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
