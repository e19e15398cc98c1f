package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	demoBatch  = 500
	demoSettle = 60 * time.Second // for the totals to be the same everywhere
)

// demoRegion is one region's part in filling the demo: its node and the
// companies that it leads.
type demoRegion struct {
	region survey.Region
	client *client
	leads  []demoCompany
	second []survey.Identifier // supported too, led by another region
	claims map[survey.Identifier]survey.Claim
}

// seed opens the campaign and, unless that was done before or --no-data says
// not to, fills it through the same API that people use. What an interrupted
// run did is done again without effect.
func (d *demo) seed(ctx context.Context) error {
	first, err := d.client(d.file.Nodes[0])
	if err != nil {
		return err
	}
	opening := api.NewCampaign{Cycle: string(demoCycle), Opens: "2023-04-03", Closes: "2023-09-29"}
	if _, err := first.post(ctx, "/campaigns", opening); err != nil {
		return fmt.Errorf("open the demo's campaign: %w", err)
	}
	if d.noData || d.file.Seeded {
		return nil
	}
	regions, err := d.regions()
	if err != nil {
		return err
	}
	steps := []struct {
		what string
		do   func(context.Context, *demoRegion) error
	}{
		{"add the invented companies", addDemoCompanies},
		{"record who supported them", addDemoSupport},
		{"claim them", claimDemoCompanies},
		{"record answers and outcomes", answerDemoCompanies},
	}
	for _, step := range steps {
		if err := forAll(ctx, regions, step.do); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	if err := forAll(ctx, regions, awaitDemoTotals); err != nil {
		return err
	}
	d.file.Seeded = true
	return nil
}

// client returns a client of one of the demo's nodes.
func (d *demo) client(n demoNode) (*client, error) { return newClient(d.file.profile(n), "") }

func (d *demo) regions() ([]*demoRegion, error) {
	var regions []*demoRegion
	byRegion := map[survey.Region]*demoRegion{}
	var codes []survey.Region
	for _, n := range d.file.Nodes {
		cl, err := d.client(n)
		if err != nil {
			return nil, err
		}
		r := &demoRegion{region: survey.Region(n.Region), client: cl, claims: map[survey.Identifier]survey.Claim{}}
		regions = append(regions, r)
		byRegion[r.region] = r
		codes = append(codes, r.region)
	}
	for _, company := range demoCompanies(codes) {
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
		if _, err := r.batch(ctx, demoPath("supported"), identifierBatch(batch)); err != nil {
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
		items, err := r.batch(ctx, demoPath("claims:batch"), identifierBatch(batch))
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
	var changes []survey.ClaimChange
	for _, company := range r.leads {
		if company.Answers != nil {
			body := map[string]any{"answers": company.Answers.json(company, questions)}
			if _, err := r.client.put(ctx, demoPath("responses/"+url.PathEscape(string(company.ID))), body); err != nil {
				return fmt.Errorf("%s: %w", company.ID, err)
			}
			continue
		}
		change, ends := outcomes[company.State]
		claim := r.claims[company.ID]
		if ends && claim.State == survey.Claimed {
			change.Organisation, change.Token = company.ID, claim.Token
			changes = append(changes, change)
		}
	}
	for batch := range slices.Chunk(changes, demoBatch) {
		if _, err := r.batch(ctx, demoPath("claims:change"), api.ClaimChanges{Changes: batch}); err != nil {
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
		// the policy's to say.
		published = map[string]int64{"companies_supported": demoSupported}
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
	answer, err := r.client.post(ctx, path, body)
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

func demoPath(rest string) string { return "/campaigns/" + string(demoCycle) + "/" + rest }

// put replaces something; see change.
func (cl *client) put(ctx context.Context, path string, body any) (reply, error) {
	return cl.change(ctx, http.MethodPut, path, body, cl.nextKey())
}

// suggest prints what to try next, with companies and regions of this demo.
func (d *demo) suggest(ctx context.Context) {
	binary := filepath.Join(d.dir, demoBinary)
	first, last := d.file.Nodes[0], d.file.Nodes[len(d.file.Nodes)-1]
	d.c.say("\nTry, in another terminal:\n")
	d.c.say("  %s totals --cycle %s --dir %s", binary, demoCycle, first.Dir)
	d.c.say("  %s totals --cycle %s --by region --dir %s", binary, demoCycle, last.Dir)
	d.c.say("  %s status --dir %s", binary, d.dir)
	if d.noData {
		d.c.say("  %s org add \"Your Company Ltd\" --identifier GB-COH:99000000 --dir %s", binary, first.Dir)
		return
	}
	free, held, err := d.examples(ctx)
	if err != nil {
		d.c.say("(no examples of claims: %v)", err)
		return
	}
	d.c.say("  %s claim %s --cycle %s --dir %s      # free: yours", binary, free, demoCycle, first.Dir)
	d.c.say("  %s claim %s --cycle %s --dir %s      # again elsewhere: refused, the holder is named", binary, free, demoCycle, last.Dir)
	d.c.say("  %s claim-status %s --cycle %s --dir %s", binary, held, demoCycle, last.Dir)
	d.c.say("  kill %d    # %s stops; ask the others for totals and claims, then: %s serve --dir %s\n", d.nodes[len(d.nodes)-1].pid(), last.Region, binary, last.Dir)
}

// examples finds a company that nobody has claimed and one that somebody
// holds.
func (d *demo) examples(ctx context.Context) (free, held survey.Identifier, err error) {
	cl, err := d.client(d.file.Nodes[0])
	if err != nil {
		return "", "", err
	}
	for _, company := range demoCompanies(d.codes()) {
		if free != "" && held != "" {
			return free, held, nil
		}
		_, err := cl.get(ctx, demoPath("claims/"+url.PathEscape(string(company.ID))), nil)
		switch {
		case err == nil && held == "":
			held = company.ID
		case errors.Is(err, survey.ErrNotFound) && free == "":
			free = company.ID
		case err != nil && !errors.Is(err, survey.ErrNotFound):
			return "", "", err
		}
	}
	return free, held, nil
}

func (d *demo) codes() []survey.Region {
	var codes []survey.Region
	for _, n := range d.file.Nodes {
		codes = append(codes, survey.Region(n.Region))
	}
	return codes
}
