package main

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("region", "List the regions, and decide with the others who belongs to the federation",
		newRegionList(c), newRegionProposals(c),
		newRegionDecision(c, survey.ProposeSuspend, "Suspend a region: it follows, and binds nobody"),
		newRegionDecision(c, survey.ProposeResume, "End a suspension"),
		newRegionDecision(c, survey.ProposeRemove, "Remove a region: nothing from its key is accepted any more"),
		newRegionRename(c), newRegionSucceed(c), newRegionRotateKey(c), newRegionRole(c), newRegionVoters(c))
}

// why are the flags that every decision has.
type why struct{ reason, words string }

func (w *why) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.reason, "reason", "", "one of "+cli.Join(survey.ProposalReasons())+" (required)")
	cmd.Flags().StringVar(&w.words, "words", "", "why, for this node's own audit log: it does not leave the node")
	cli.Require(cmd, "reason")
}

func (w *why) body(cmd *cobra.Command) (map[string]any, error) {
	if !slices.Contains(survey.ProposalReasons(), survey.ReasonCode(w.reason)) {
		return nil, cli.Usage(cmd, "--reason %s: use one of %s", w.reason, cli.Join(survey.ProposalReasons()))
	}
	return map[string]any{"reason": w.reason, "words": w.words}, nil
}

func newRegionDecision(c *cli.Invocation, kind survey.ProposalKind, short string) *cobra.Command {
	var w why
	var out cli.Format
	cmd := &cobra.Command{
		Use: string(kind) + " REGION --reason CODE", Short: short, Args: cli.Exactly("REGION"),
		Long: short + `.

What one region decides about another takes effect when a third endorses it ("tracker
endorse NUMBER" there), and lapses after 14 days. A region may suspend or remove itself.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			return decide(c, cmd, out, args[0], string(kind), body)
		},
	}
	w.flags(cmd)
	out.Flags(cmd, false)
	return cmd
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
