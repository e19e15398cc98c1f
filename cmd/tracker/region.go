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
	w.Flags(cmd, survey.ProposalReasons(), true)
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

func newRegionList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "list", Short: "Every region: code, name, state, role, node id", Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, r, err := cli.Decoded[survey.FederationStatus](c.Read(cmd.Context(), "", "/federation", nil))
			if err != nil {
				return err
			}
			t := cli.Table{Header: []string{"REGION", "NAME", "STATE", "ROLE", "STAGE", "ADDRESS", "NODE ID"}}
			for _, m := range status.Regions {
				t.Add(string(m.Region), m.Name, string(m.State), string(m.Role), m.Stage, m.Address, m.NodeID)
			}
			return c.Print(out, r.Body, t, "There is no region.")
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newRegionRename(c *cli.Invocation) *cobra.Command {
	var from string
	var out cli.Format
	cmd := &cobra.Command{
		Use: "rename NAME --from DATE", Short: "Give this region a name from a day on; its code stays", Args: cli.Exactly("NAME"),
		Example: `  tracker region rename "Health Innovation Wessex" --from 2023-10-01`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := c.Send(cmd.Context(), "rename", "/federation/name", map[string]any{"name": args[0], "from": from})
			if err != nil {
				return err
			}
			return showDecided(c, out, r, "name from "+from)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&from, "from", "", "first day of the name, as 2023-10-01 (required)")
	cli.Require(cmd, "from")
	return cmd
}

func newRegionRole(c *cli.Invocation) *cobra.Command {
	return newRegionDecision(c, "role", &cobra.Command{
		Use: "role REGION voter|observer --reason CODE", Short: "Make a region a voter or an observer", Args: cli.Exactly("REGION", "ROLE"),
	}, func(cmd *cobra.Command, args []string, body map[string]any) error {
		if role := survey.Role(args[1]); role != survey.RoleVoter && role != survey.RoleObserver {
			return cli.Usage(cmd, "role %s: use %s or %s", args[1], survey.RoleVoter, survey.RoleObserver)
		}
		body["role"] = args[1]
		return nil
	})
}

func newRegionSucceed(c *cli.Invocation) *cobra.Command {
	return newRegionDecision(c, "succeed", &cobra.Command{
		Use: "succeed OLD NEW --reason CODE", Short: "NEW takes the open claims of OLD over, and OLD is removed", Args: cli.Exactly("OLD", "NEW"),
	}, func(cmd *cobra.Command, args []string, body map[string]any) error {
		to, err := cli.ParseRegion(cmd, args[1])
		body["to"] = to
		return err
	})
}

func newRegionVoters(c *cli.Invocation) *cobra.Command {
	var w cli.Why
	var out cli.Format
	cmd := &cobra.Command{
		Use: "max-voters N --reason CODE", Short: "How many regions vote; 0 for all", Args: cli.Exactly("N"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.Body(cmd)
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 0 || n > 64 {
				return cli.Usage(cmd, "%s: use a number from 0 to 64", args[0])
			}
			body["voters"] = n
			r, err := c.Send(cmd.Context(), "set the number of voters", "/federation/max-voters", body)
			if err != nil {
				return err
			}
			return showDecided(c, out, r, "max-voters "+args[0])
		},
	}
	w.Flags(cmd, survey.ProposalReasons(), true)
	out.Flags(cmd, false)
	return cmd
}

func newRegionRotateKey(c *cli.Invocation) *cobra.Command {
	var w cli.Why
	var out cli.Format
	var card string
	cmd := &cobra.Command{
		Use: "rotate-key [REGION --card CARD --reason CODE]", Short: "A new key for this region's node, or for a region that lost its own", Args: cobra.MaximumNArgs(1),
		Long: `Without a region, this region's own key is replaced by a new one, signed by the old, and the
node starts anew with it.

For a region that lost its key: "tracker node new-key" there prints a key card. Two other
regions put it into the roster: one proposes it here, another endorses it. Read the node id
to each other over the telephone first.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				body, err := w.Body(cmd)
				if err != nil {
					return err
				}
				body["card"] = card
				return decide(c, cmd, out, args[0], "new-key", body)
			}
			if card != "" || w.Reason != "" {
				return cli.Usage(cmd, "--card and --reason go with a region")
			}
			id, r, err := cli.Decoded[api.NewNodeID](c.Send(cmd.Context(), "rotate the key", "/federation/rotate-key", struct{}{}))
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			fmt.Fprintf(c.Data, "This node's id is now %s\n", id.NodeID)
			return nil
		},
	}
	out.Flags(cmd, false)
	flags := cmd.Flags()
	flags.StringVar(&card, "card", "", "the key card of the region")
	w.Flags(cmd, survey.ProposalReasons(), false)
	return cmd
}
