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
	try := func(format string, args ...any) {
		d.c.Say("  "+filepath.Join(d.dir, BinaryName)+" "+format, args...)
	}
	first, last := d.file.Nodes[0], d.file.Nodes[len(d.file.Nodes)-1]

	if d.file.Policy == UsualPolicy && !d.noData {
		d.c.Say("\n%s is open under the policy %q: figures leave a region in batches, so that nobody can",
			cli.DemoCycle, d.file.Policy)
		d.c.Say("tell one company's answer from the difference. Each figure says how many answers are waiting;")
		d.c.Say("the close releases them.")
		d.c.Say("\"tracker demo --policy %s\" shows every figure at once: the published £428m.", cli.DemoOpenPolicy)
	}

	d.c.Say("\nTry, in another terminal:\n")
	try("totals --cycle %s --dir %s", cli.DemoCycle, first.Dir)
	try("totals --cycle %s --by region --dir %s", cli.DemoCycle, last.Dir)
	try("status --dir %s", d.dir)
	if d.noData {
		try("org add \"Your Company Ltd\" --identifier GB-COH:99000000 --dir %s", first.Dir)
		return
	}

	file := filepath.Join(d.dir, "tracker-"+string(EarlierCycle)+".json")
	try("totals --cycle %s --mode certified --dir %s      # the year before, final: the same at every node",
		EarlierCycle, last.Dir)
	try("totals --cycle %s --compare C-1 --dir %s      # year on year, with both response rates", cli.DemoCycle,
		first.Dir)
	try("certify status --cycle %s --dir %s      # who signed off and co-signed", EarlierCycle, first.Dir)
	try("certify publish %s --cycle %s --dir %s      # the year as one file", file, EarlierCycle, first.Dir)
	try("verify %s      # checked without a node", file)
	if d.file.Policy != cli.DemoOpenPolicy {
		try("totals --cycle %s --own --dir %s      # all of its own, live; what left it, and what waits",
			cli.DemoCycle, first.Dir)
	}

	free, held, err := d.examples(ctx)
	if err != nil {
		d.c.Say("(no examples of claims: %v)", err)
		return
	}

	try("claim %s --cycle %s --dir %s      # free: now yours", free, cli.DemoCycle, first.Dir)
	try("claim %s --cycle %s --dir %s      # again elsewhere: refused, with the holder's name",
		free, cli.DemoCycle, last.Dir)
	try("claim-status %s --cycle %s --dir %s", held, cli.DemoCycle, last.Dir)
	d.c.Say("  kill %d    # %s stops; ask the others for totals and claims, then start it again:",
		d.nodes[len(d.nodes)-1].pid(), last.Region)
	try("serve --dir %s\n", last.Dir)
}

// examples finds a company that nobody has claimed and one that a region holds.
func (d *instance) examples(ctx context.Context) (free, held survey.Identifier, err error) {
	cl, err := d.client(d.file.Nodes[0])
	if err != nil {
		return "", "", err
	}

	// The registry is asked, because people may have claimed some in a resumed demo.
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
