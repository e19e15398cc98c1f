package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/ahsn-network/tracker/store/survey"
)

// suggest prints what to try next, with companies and regions of this demo.
func (d *demo) suggest(ctx context.Context) {
	binary := filepath.Join(d.dir, demoBinary)
	first, last := d.file.Nodes[0], d.file.Nodes[len(d.file.Nodes)-1]
	if d.file.Policy == demoUsualPolicy && !d.noData {
		d.c.say("\n%s is open under the policy %q: figures leave a region in batches, so that nobody can tell one", demoCycle, d.file.Policy)
		d.c.say("company's answer from the difference. A figure says how many answers wait; all of them leave at the close.")
		d.c.say("\"tracker demo --policy %s\" shows every figure at once: the published £428m.", demoOpenPolicy)
	}
	d.c.say("\nTry, in another terminal:\n")
	d.c.say("  %s totals --cycle %s --dir %s", binary, demoCycle, first.Dir)
	d.c.say("  %s totals --cycle %s --by region --dir %s", binary, demoCycle, last.Dir)
	d.c.say("  %s status --dir %s", binary, d.dir)
	if d.noData {
		d.c.say("  %s org add \"Your Company Ltd\" --identifier GB-COH:99000000 --dir %s", binary, first.Dir)
		return
	}
	file := filepath.Join(d.dir, "tracker-"+string(demoEarlier)+".json")
	d.c.say("  %s totals --cycle %s --mode certified --dir %s      # the year before, final: the same at every node", binary, demoEarlier, last.Dir)
	d.c.say("  %s totals --cycle %s --compare C-1 --dir %s      # year on year, with both response rates", binary, demoCycle, first.Dir)
	d.c.say("  %s certify status --cycle %s --dir %s      # who signed off and co-signed", binary, demoEarlier, first.Dir)
	d.c.say("  %s certify publish %s --cycle %s --dir %s && %s verify %s      # one file, checked without a node", binary, file, demoEarlier, first.Dir, binary, file)
	if d.file.Policy != demoOpenPolicy {
		d.c.say("  %s totals --cycle %s --own --dir %s      # all of its own, live; what left it, and what waits", binary, demoCycle, first.Dir)
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
	for _, company := range demoCompanies(d.file.regions()) {
		if free != "" && held != "" {
			return free, held, nil
		}
		_, err := cl.get(ctx, claimPath(demoCycle, company.ID), nil)
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
