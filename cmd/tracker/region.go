package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("region", "List the regions, and decide with others which of them belong to the federation",
		newRegionList(c), newRegionProposals(c),
		newRegionProposal(c, survey.ProposeSuspend, "Suspend a region: it can follow but decide nothing"),
		newRegionProposal(c, survey.ProposeResume, "End a region's suspension"),
		newRegionProposal(c, survey.ProposeRemove, "Remove a region: its key is no longer accepted"),
		newRegionRename(c), newRegionSucceed(c), newRegionRotateKey(c), newRegionRole(c), newRegionVoters(c))
}

func newRegionList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "list", Short: "List the regions: code, name, state, role, node id", Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, r, err := cli.Decoded[survey.FederationStatus](c.Read(cmd.Context(), "", "/federation", nil))
			if err != nil {
				return err
			}

			t := cli.Table{Header: []string{"REGION", "NAME", "STATE", "ROLE", "STAGE", "ADDRESS", "NODE ID"}}
			for _, m := range status.Regions {
				t.Add(string(m.Region), m.Name, string(m.State), string(m.Role), m.Stage, m.Address, m.NodeID)
			}
			return c.Print(out, r.Body, t, "There are no regions.")
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newRegionRename(c *cli.Invocation) *cobra.Command {
	var from string
	var out cli.Format
	cmd := &cobra.Command{
		Use: "rename NAME --from DATE", Args: cli.Exactly("NAME"),
		Short:   "Give this region a new name from a given day; its code stays",
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
	cmd.Flags().StringVar(&from, "from", "", "first day of the new name, for example 2023-10-01 (required)")
	cli.Require(cmd, "from")
	return cmd
}

func newRegionRole(c *cli.Invocation) *cobra.Command {
	return newRegionDecision(c, "role", &cobra.Command{
		Use: "role REGION voter|observer --reason CODE", Args: cli.Exactly("REGION", "ROLE"),
		Short: "Make a region a voter or an observer",
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
		Use: "succeed OLD NEW --reason CODE", Args: cli.Exactly("OLD", "NEW"),
		Short: "Move the open claims of OLD to NEW, and remove OLD",
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
		Use: "max-voters N --reason CODE", Short: "Set how many regions vote; 0 means all", Args: cli.Exactly("N"),
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
		Use: "rotate-key [REGION --card CARD --reason CODE]", Args: cobra.MaximumNArgs(1),
		Short: "Replace the key of this region's node, or of a region that lost its own",
		Long: `Without a region, replace this region's own key by a new one, which the old key signs. The
node restarts with it.

For a region that lost its key, "tracker node new-key" there prints a key card. Two other
regions put it into the roster: one proposes it here, another endorses it. Read the node id
to each other over the telephone first.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			// Another region's key: a proposal, which says why.
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

			reply, sendErr := c.Send(cmd.Context(), "rotate the key", "/federation/rotate-key", struct{}{})
			id, r, err := cli.Decoded[api.NewNodeID](reply, sendErr)
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
	flags.StringVar(&card, "card", "", "the region's key card")
	w.Flags(cmd, survey.ProposalReasons(), false)
	return cmd
}
