package demo

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// suggest prints what to try next, with companies and regions of this demo.
func (d *instance) suggest(ctx context.Context) {
	binary := filepath.Join(d.dir, BinaryName)
	first, last := d.file.Nodes[0], d.file.Nodes[len(d.file.Nodes)-1]
	if d.file.Policy == UsualPolicy && !d.noData {
		d.c.Say("\n%s is open under the policy %q: figures leave a region in batches, so that nobody can tell one", cli.DemoCycle, d.file.Policy)
		d.c.Say("company's answer from the difference. A figure says how many answers wait; all of them leave at the close.")
		d.c.Say("\"tracker demo --policy %s\" shows every figure at once: the published £428m.", cli.DemoOpenPolicy)
	}
	d.c.Say("\nTry, in another terminal:\n")
	d.c.Say("  %s totals --cycle %s --dir %s", binary, cli.DemoCycle, first.Dir)
	d.c.Say("  %s totals --cycle %s --by region --dir %s", binary, cli.DemoCycle, last.Dir)
	d.c.Say("  %s status --dir %s", binary, d.dir)
	if d.noData {
		d.c.Say("  %s org add \"Your Company Ltd\" --identifier GB-COH:99000000 --dir %s", binary, first.Dir)
		return
	}
	file := filepath.Join(d.dir, "tracker-"+string(EarlierCycle)+".json")
	d.c.Say("  %s totals --cycle %s --mode certified --dir %s      # the year before, final: the same at every node", binary, EarlierCycle, last.Dir)
	d.c.Say("  %s totals --cycle %s --compare C-1 --dir %s      # year on year, with both response rates", binary, cli.DemoCycle, first.Dir)
	d.c.Say("  %s certify status --cycle %s --dir %s      # who signed off and co-signed", binary, EarlierCycle, first.Dir)
	d.c.Say("  %s certify publish %s --cycle %s --dir %s && %s verify %s      # one file, checked without a node", binary, file, EarlierCycle, first.Dir, binary, file)
	if d.file.Policy != cli.DemoOpenPolicy {
		d.c.Say("  %s totals --cycle %s --own --dir %s      # all of its own, live; what left it, and what waits", binary, cli.DemoCycle, first.Dir)
	}
	free, held, err := d.examples(ctx)
	if err != nil {
		d.c.Say("(no examples of claims: %v)", err)
		return
	}
	d.c.Say("  %s claim %s --cycle %s --dir %s      # free: yours", binary, free, cli.DemoCycle, first.Dir)
	d.c.Say("  %s claim %s --cycle %s --dir %s      # again elsewhere: refused, the holder is named", binary, free, cli.DemoCycle, last.Dir)
	d.c.Say("  %s claim-status %s --cycle %s --dir %s", binary, held, cli.DemoCycle, last.Dir)
	d.c.Say("  kill %d    # %s stops; ask the others for totals and claims, then: %s serve --dir %s\n", d.nodes[len(d.nodes)-1].pid(), last.Region, binary, last.Dir)
}

// examples finds a company that nobody has claimed and one that somebody
// holds.
func (d *instance) examples(ctx context.Context) (free, held survey.Identifier, err error) {
	cl, err := d.client(d.file.Nodes[0])
	if err != nil {
		return "", "", err
	}
	for _, company := range Companies(d.file.Regions()) {
		if free != "" && held != "" {
			return free, held, nil
		}
		_, err := cl.Get(ctx, cli.ClaimPath(cli.DemoCycle, company.ID), nil)
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
