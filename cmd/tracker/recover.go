package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRecoverCommand(c *cli.Invocation) *cobra.Command {
	var survivors, seen []string
	var yes bool
	cmd := &cobra.Command{
		Use:   "recover [--survivors R,R,... --seen R=TERM:INDEX,... --yes]",
		Short: "Continue after a majority of the regions is lost for good",
		Long: `For the day when so many nodes are lost for good that no majority can meet again.
Stop the node of every region that is left, and run "tracker recover" without flags on each:
it shows how far that node's log reaches, and changes nothing.

Then run it with --survivors and --seen on the one node whose log reaches furthest. It makes
the survivors the registry's only voters, begins a new epoch, and leaves a permanent entry
that says so. Then start the survivors. Every other region is refused until "tracker rejoin"
has been run there; its records stay.

Claims that were confirmed only to the lost regions are lost. The command shows from which
entry on that may be so.`,
		Example: "  tracker recover --dir /var/lib/tracker\n" +
			"  tracker recover --dir /var/lib/tracker --survivors otv,sw,we --seen sw=7:1230,we=7:1228 --yes",
		Args: cli.NoArguments,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, logger, err := offlineNode(c, cmd)
		if err != nil {
			return err
		}
		remains, err := federation.Inspect(settings.Dir, logger)
		if err != nil {
			return err
		}

		if len(survivors) == 0 {
			return showRemains(c, settings, remains)
		}

		recovering, err := parseSurvivors(cmd, survivors, seen)
		if err != nil {
			return err
		}

		// Two survivors that each recover alone would found two federations.
		if !yes {
			return cli.Usage(cmd, "this cannot be undone, and must be run on one node only: say so with --yes")
		}

		recovery, err := node.Recover(settings, recovering, logger)
		if err != nil {
			return fmt.Errorf("%w. Nothing was changed", err)
		}
		fmt.Fprintf(c.Data, "Epoch %d begins with %s. Start these nodes now; "+
			"every other region must run \"tracker rejoin\" before its next start.\n",
			recovery.Epoch, survey.List(recovery.Survivors))
		return nil
	}
	cmd.Flags().StringSliceVar(&survivors, "survivors", nil, "the regions that are left, including this one")
	cmd.Flags().StringSliceVar(&seen, "seen", nil, "the position printed at each other survivor, as REGION=TERM:INDEX")
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm: this cannot be undone")
	return cmd
}

func showRemains(c *cli.Invocation, settings config.Config, r federation.Remains) error {
	t := cli.Table{}
	t.Add("region", settings.Region)
	t.Add("log reaches", r.Last.String())
	t.Add("agreed up to", fmt.Sprintf("index %d (registry change %d), as known here", r.Committed, r.Number))
	t.Add("epoch", fmt.Sprint(r.Epoch))
	t.Add("voters", survey.List(r.Voters))
	if err := t.Write(c.Data); err != nil {
		return err
	}
	fmt.Fprintf(c.Data, "\nEntries %d to %d may or may not have been agreed; they are kept. "+
		"What was agreed after entry\n%[2]d without this node is lost unless another survivor has it: recover on the survivor whose log\n"+
		"reaches furthest (higher TERM, then higher INDEX).\n", min(r.Committed+1, r.Last.Index), r.Last.Index)
	return nil
}

func parseSurvivors(cmd *cobra.Command, survivors, seen []string) (federation.Recovering, error) {
	r := federation.Recovering{Seen: map[survey.Region]federation.Position{}}
	for _, text := range survivors {
		region, err := cli.ParseRegion(cmd, text)
		if err != nil {
			return r, err
		}
		r.Survivors = append(r.Survivors, region)
	}

	for _, text := range seen {
		code, position, ok := strings.Cut(text, "=")
		if !ok {
			return r, cli.Usage(cmd, "--seen %s: write it as REGION=TERM:INDEX", text)
		}
		region, err := cli.ParseRegion(cmd, code)
		if err != nil {
			return r, err
		}

		// Every survivor's position is compared with this node's log, so none may be guessed.
		if r.Seen[region], err = federation.ParsePosition(position); err != nil {
			return r, cli.Usage(cmd, "--seen: %s", survey.Detail(err))
		}
	}
	return r, nil
}
