package main

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionProposals(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "proposals", Short: "List the proposals about regions and campaigns, newest first", Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.Proposal]{
				Path:   "/federation/proposals",
				Header: []string{"NUMBER", "WHAT", "REGION", "CYCLE", "REASON", "BY", "STATE", "ENDORSED BY", "LAPSES"},
				Row: func(p survey.Proposal) []string {
					return []string{fmt.Sprint(p.Number), string(p.Kind), string(p.Region), string(p.Cycle),
						string(p.Reason),
						string(p.By), string(p.State), string(p.EndorsedBy), out.TimeFor(p.Lapses)}
				},
				Empty: "Nothing has been proposed.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newEndorseCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var words string
	cmd := &cobra.Command{
		Use: "endorse NUMBER", Short: "Consent to what another region has proposed", Args: cli.Exactly("NUMBER"),
		Long: `Consent, as this region, to what another region has proposed. It then takes effect. "tracker
region proposals" lists what is waiting.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			// Checked here, because a wrong number would read like a missing proposal.
			number, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || number == 0 {
				return cli.Usage(cmd, "%q is not the number of a proposal", args[0])
			}

			path := fmt.Sprintf("/federation/proposals/%d/endorse", number)
			r, err := c.Send(cmd.Context(), fmt.Sprintf("endorse proposal %d", number), path,
				map[string]any{"words": words})
			if err != nil {
				return err
			}
			return showDecided(c, out, r, "proposal "+args[0])
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&words, "words", "", "the reason in your own words, for this node's audit log only")
	return cmd
}

// newRegionDecision returns a verb that decides about a region. more, if not nil, puts the
// arguments after the region into the request.
func newRegionDecision(c *cli.Invocation, what string, cmd *cobra.Command,
	more func(cmd *cobra.Command, args []string, body map[string]any) error) *cobra.Command {
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
	w.Flags(cmd, survey.ProposalReasons(), true)
	out.Flags(cmd, false)
	return cmd
}

// newRegionProposal returns a decision that needs only the region.
func newRegionProposal(c *cli.Invocation, kind survey.ProposalKind, short string) *cobra.Command {
	return newRegionDecision(c, string(kind), &cobra.Command{
		Use: string(kind) + " REGION --reason CODE", Short: short, Args: cli.Exactly("REGION"),
		Long: short + `.

What one region decides about another takes effect when a third endorses it ("tracker
endorse NUMBER" there). It lapses after 14 days. A region may suspend or remove itself.`,
	}, nil)
}

// decide asks for a decision about a region and tells the person how far it has come.
func decide(c *cli.Invocation, cmd *cobra.Command, out cli.Format, region, what string, body map[string]any) error {
	parsed, err := cli.ParseRegion(cmd, region)
	if err != nil {
		return err
	}

	path := "/federation/regions/" + url.PathEscape(string(parsed)) + "/" + what
	r, err := c.Send(cmd.Context(), fmt.Sprintf("%s %s", what, parsed), path, body)
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
		fmt.Fprintf(c.Data, "Proposed as number %d: %s. It takes effect when another region runs: tracker endorse %d\n",
			done.Number, what, done.Number)
		return nil
	}
	fmt.Fprintf(c.Data, "Done: %s (number %d).\n", what, done.Number)
	return nil
}
