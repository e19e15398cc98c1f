package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("region", "List the regions, and decide with the others who belongs to the federation",
		newRegionList(c), newRegionProposals(c),
		newRegionProposal(c, survey.ProposeSuspend, "Suspend a region: it follows, and binds nobody"),
		newRegionProposal(c, survey.ProposeResume, "End a suspension"),
		newRegionProposal(c, survey.ProposeRemove, "Remove a region: nothing from its key is accepted any more"),
		newRegionRename(c), newRegionSucceed(c), newRegionRotateKey(c), newRegionRole(c), newRegionVoters(c))
}

// newRegionDecision is a verb that decides about a region; more adds to the
// request what the arguments after the region say.
func newRegionDecision(c *cli.Invocation, what string, cmd *cobra.Command, more func(cmd *cobra.Command, args []string, body map[string]any) error) *cobra.Command {
	var w cli.Why
	var out cli.Format
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body, err := w.Body(cmd)
		if err != nil {
			return err
		}
		if more != nil {
			if err := more(cmd, args, body); err != nil {
				return err
			}
		}
		return decide(c, cmd, out, args[0], what, body)
	}
	w.Flags(cmd, survey.ProposalReasons())
	out.Flags(cmd, false)
	return cmd
}

// newRegionProposal is a decision that needs nothing but the region.
func newRegionProposal(c *cli.Invocation, kind survey.ProposalKind, short string) *cobra.Command {
	return newRegionDecision(c, string(kind), &cobra.Command{
		Use: string(kind) + " REGION --reason CODE", Short: short, Args: cli.Exactly("REGION"),
		Long: short + `.

What one region decides about another takes effect when a third endorses it ("tracker
endorse NUMBER" there), and lapses after 14 days. A region may suspend or remove itself.`,
	}, nil)
}

// decide asks for a decision about a region and says how far it has come.
func decide(c *cli.Invocation, cmd *cobra.Command, out cli.Format, region, what string, body map[string]any) error {
	parsed, err := cli.ParseRegion(cmd, region)
	if err != nil {
		return err
	}
	r, err := c.Send(cmd.Context(), fmt.Sprintf("%s %s", what, parsed), "/federation/regions/"+url.PathEscape(string(parsed))+"/"+what, body)
	if err != nil {
		return err
	}
	return showDecided(c, out, r, fmt.Sprintf("%s %s", what, parsed))
}

func showDecided(c *cli.Invocation, out cli.Format, r cli.Reply, what string) error {
	if out.JSON {
		return c.PrintJSON(r.Body)
	}
	var done api.Decided
	if err := r.Into(&done); err != nil {
		return err
	}
	if done.State == survey.ProposalOpen {
		fmt.Fprintf(c.Data, "Proposed as number %d: %s. It takes effect when another region runs: tracker endorse %d\n", done.Number, what, done.Number)
		return nil
	}
	fmt.Fprintf(c.Data, "Done: %s (number %d).\n", what, done.Number)
	return nil
}
