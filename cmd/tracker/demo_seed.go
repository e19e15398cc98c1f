package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	demoBatch  = 500
	demoSettle = 2 * time.Minute // for the totals to be the same everywhere, on a machine that does other things too
)

// demoYear is one campaign of the demo.
type demoYear struct {
	opening   api.NewCampaign
	companies []demoCompany
	finish    func(context.Context, []*demoRegion) error // after the answers are in
}

// demoRegion is one region's part in filling a year: its node and the companies
// that it leads.
type demoRegion struct {
	region survey.Region
	client *client
	cycle  survey.Cycle
	leads  []demoCompany
	second []survey.Identifier // supported too, led by another region
	claims map[survey.Identifier]survey.Claim
}

// seed opens the campaigns and, unless that was done before or --no-data says
// not to, fills them through the same API that people use. What an interrupted
// run did is done again without effect.
func (d *demo) seed(ctx context.Context) error {
	first, err := d.client(d.file.Nodes[0])
	if err != nil {
		return err
	}
	now := demoYear{opening: api.NewCampaign{Cycle: string(demoCycle), Opens: "2023-04-03", Closes: "2023-09-29"},
		companies: demoCompanies(d.codes()), finish: func(ctx context.Context, regions []*demoRegion) error { return forAll(ctx, regions, awaitDemoTotals) }}
	before := demoYear{opening: api.NewCampaign{Cycle: string(demoEarlier), Opens: "2022-04-04", Closes: "2022-09-30"},
		companies: demoEarlierCompanies(d.codes()), finish: certifyDemo}
	if d.noData || d.file.Seeded {
		return openDemo(ctx, first, now)
	}
	for _, year := range []demoYear{before, now} {
		if err := openDemo(ctx, first, year); err != nil {
			return err
		}
	}
	if err := d.addCompanies(ctx, before, now); err != nil {
		return fmt.Errorf("add the invented companies: %w", err)
	}
	// Both years at the same time: what one waits for, the other uses.
	var both sync.WaitGroup
	errs := make(chan error, 2)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, year := range []demoYear{before, now} {
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

func openDemo(ctx context.Context, first *client, year demoYear) error {
	_, err := patiently(ctx, first, http.MethodPost, "/campaigns", year.opening)
	var refusal *survey.Refusal
	if errors.As(err, &refusal) && refusal.Code == survey.RefusedCampaignExists {
		return nil // an earlier run, or a person, opened it, with other days by now
	}
	if err != nil {
		return fmt.Errorf("open the demo's campaign %s: %w", year.opening.Cycle, err)
	}
	return nil
}

// addCompanies registers the companies of all years, each once.
func (d *demo) addCompanies(ctx context.Context, years ...demoYear) error {
	seen := map[survey.Identifier]bool{}
	var all demoYear
	for _, year := range years {
		for _, c := range year.companies {
			if !seen[c.ID] {
				seen[c.ID] = true
				all.companies = append(all.companies, c)
			}
		}
	}
	regions, err := d.regions(all)
	if err != nil {
		return err
	}
	return forAll(ctx, regions, addDemoCompanies)
}

// fill takes one year from who was supported to its figures. A year that an
// interrupted run closed has all its answers.
func (d *demo) fill(ctx context.Context, year demoYear) error {
	regions, err := d.regions(year)
	if err != nil {
		return err
	}
	answer, err := regions[0].client.get(ctx, "/campaigns/"+year.opening.Cycle, nil)
	if err != nil {
		return err
	}
	var campaign api.CampaignDetail
	if err := answer.into(&campaign); err != nil {
		return err
	}
	if campaign.State != survey.CampaignOpen {
		return year.finish(ctx, regions)
	}
	for _, step := range []struct {
		what string
		do   func(context.Context, *demoRegion) error
	}{
		{"record who supported them", addDemoSupport},
		{"claim them", claimDemoCompanies},
		{"record answers and outcomes", answerDemoCompanies},
	} {
		if err := forAll(ctx, regions, step.do); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return year.finish(ctx, regions)
}

// client returns a client of one of the demo's nodes.
func (d *demo) client(n demoNode) (*client, error) { return newClient(d.file.profile(n), "") }

// regions returns each region's part in a year, with clients of their own.
func (d *demo) regions(year demoYear) ([]*demoRegion, error) {
	var regions []*demoRegion
	byRegion := map[survey.Region]*demoRegion{}
	for _, n := range d.file.Nodes {
		cl, err := d.client(n)
		if err != nil {
			return nil, err
		}
		r := &demoRegion{region: survey.Region(n.Region), client: cl, cycle: survey.Cycle(year.opening.Cycle), claims: map[survey.Identifier]survey.Claim{}}
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

// forAll runs do for every region at the same time and returns the first
// error, naming its region.
func forAll(ctx context.Context, regions []*demoRegion, do func(context.Context, *demoRegion) error) error {
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

func addDemoCompanies(ctx context.Context, r *demoRegion) error {
	for batch := range slices.Chunk(r.leads, demoBatch) {
		rows := make([]api.NewOrganisation, len(batch))
		for i, company := range batch {
			rows[i] = api.NewOrganisation{Identifiers: []string{string(company.ID)}, Name: company.New.Name, NameAsOf: company.New.NameAsOf,
				Kind: company.New.Kind, Status: company.New.Status, Sector: company.New.Sector, SizeBand: company.New.SizeBand, LeadRegion: string(company.New.LeadRegion)}
		}
		if _, err := r.batch(ctx, "/organisations:batch", api.OrganisationBatch{Organisations: rows}); err != nil {
			return err
		}
	}
	return nil
}

func addDemoSupport(ctx context.Context, r *demoRegion) error {
	supported := slices.Clone(r.second)
	for _, company := range r.leads {
		supported = append(supported, company.ID)
	}
	for batch := range slices.Chunk(supported, demoBatch) {
		if _, err := r.batch(ctx, r.path("supported"), identifierBatch(batch)); err != nil {
			return err
		}
	}
	return nil
}

func claimDemoCompanies(ctx context.Context, r *demoRegion) error {
	var ids []survey.Identifier
	for _, company := range r.leads {
		if company.State != "" {
			ids = append(ids, company.ID)
		}
	}
	for batch := range slices.Chunk(ids, demoBatch) {
		items, err := r.batch(ctx, r.path("claims:batch"), identifierBatch(batch))
		if err != nil {
			return err
		}
		for _, item := range items {
			if item.Claim != nil {
				r.claims[item.Claim.Organisation] = *item.Claim
			}
		}
	}
	return nil
}

// answerDemoCompanies records the answers of the companies that gave one, and
// what became of the others.
func answerDemoCompanies(ctx context.Context, r *demoRegion) error {
	questions, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		return err
	}
	outcomes := map[survey.ClaimState]survey.ClaimChange{
		survey.Contacted:   {Action: survey.ActionContact},
		survey.Declined:    {Action: survey.ActionDecline, Reason: survey.ReasonNoTime},
		survey.Unreachable: {Action: survey.ActionUnreachable, Reason: survey.ReasonNoContact},
	}
	list, err := demoList(r.leads, questions)
	if err != nil {
		return err
	}
	if err := r.importAnswers(ctx, list); err != nil {
		return err
	}
	var changes []survey.ClaimChange
	for _, company := range r.leads {
		change, ends := outcomes[company.State]
		claim := r.claims[company.ID]
		if ends && claim.State == survey.Claimed {
			change.Organisation, change.Token = company.ID, claim.Token
			changes = append(changes, change)
		}
	}
	for batch := range slices.Chunk(changes, demoBatch) {
		if _, err := r.batch(ctx, r.path("claims:change"), api.ClaimChanges{Changes: batch}); err != nil {
			return err
		}
	}
	return nil
}

// awaitDemoTotals waits until the region's node shows the published figures
// with every region current.
func awaitDemoTotals(ctx context.Context, r *demoRegion) error {
	ctx, cancel := context.WithTimeout(ctx, demoSettle)
	defer cancel()
	for {
		answer, err := r.client.get(ctx, "/totals", url.Values{"cycle": {string(demoCycle)}})
		if err != nil {
			return err
		}
		var totals survey.Totals
		if err := answer.into(&totals); err != nil {
			return err
		}
		wrong := demoDifference(totals)
		if wrong == "" {
			return nil
		}
		if !waitFor(ctx, demoPoll) {
			return fmt.Errorf("the totals are not the published ones after %s: %s", demoSettle, wrong)
		}
	}
}

// demoDifference says what of the totals is not as published, "" for nothing.
func demoDifference(totals survey.Totals) string {
	published := map[string]int64{
		"companies_supported":         demoSupported,
		"investment_leveraged":        int64(demoInvestment),
		"jobs_created_or_safeguarded": int64(demoJobsCreated + demoJobsKept),
	}
	if totals.Policy != demoOpenPolicy {
		// The newest answers wait to be released with others: how many is
		// the policy's to say, but every region says how many it has.
		published = map[string]int64{"companies_supported": demoSupported}
		in := int64(0)
		for _, r := range totals.Coverage.Regions {
			in += r.AnswersIn
		}
		if in != demoResponded {
			return fmt.Sprintf("the regions say that %d answers are in, not %d", in, demoResponded)
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
	case totals.Responded != demoResponded:
		return fmt.Sprintf("%d companies have responded, not %d", totals.Responded, demoResponded)
	}
	return ""
}

// batch posts a list and returns its items; a refused one is an error here.
func (r *demoRegion) batch(ctx context.Context, path string, body any) ([]survey.Outcome, error) {
	answer, err := patiently(ctx, r.client, http.MethodPost, path, body)
	if err != nil {
		return nil, err
	}
	var done api.Batch
	if err := answer.into(&done); err != nil {
		return nil, err
	}
	for _, item := range done.Items {
		if item.Refusal != nil {
			return nil, fmt.Errorf("%s: %w", item.ID, item.Refusal)
		}
	}
	return done.Items, nil
}

func identifierBatch(ids []survey.Identifier) api.IdentifierBatch {
	var b api.IdentifierBatch
	for _, id := range ids {
		b.Organisations = append(b.Organisations, string(id))
	}
	return b
}

func (r *demoRegion) path(rest string) string { return "/campaigns/" + string(r.cycle) + "/" + rest }

func demoPath(rest string) string { return "/campaigns/" + string(demoCycle) + "/" + rest }
