package main

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionCommand(c *cli) *cobra.Command {
	return group("region", "List the regions, and decide with the others who belongs to the federation",
		newRegionList(c), newRegionProposals(c),
		newRegionDecision(c, survey.ProposeSuspend, "Suspend a region: it follows, and binds nobody"),
		newRegionDecision(c, survey.ProposeResume, "End a suspension"),
		newRegionDecision(c, survey.ProposeRemove, "Remove a region: nothing from its key is accepted any more"),
		newRegionRename(c), newRegionSucceed(c), newRegionRotateKey(c), newRegionRole(c), newRegionVoters(c))
}

// why are the flags that every decision has.
type why struct{ reason, words string }

func (w *why) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.reason, "reason", "", "one of "+joinIDs(survey.ProposalReasons())+" (required)")
	cmd.Flags().StringVar(&w.words, "words", "", "why, for this node's own audit log: it does not leave the node")
	if err := cmd.MarkFlagRequired("reason"); err != nil {
		panic(err) // only if the flag above does not exist
	}
}

func (w *why) body(cmd *cobra.Command) (map[string]any, error) {
	if !slices.Contains(survey.ProposalReasons(), survey.ReasonCode(w.reason)) {
		return nil, usage(cmd, "--reason %s: use one of %s", w.reason, joinIDs(survey.ProposalReasons()))
	}
	return map[string]any{"reason": w.reason, "words": w.words}, nil
}

func newRegionDecision(c *cli, kind survey.ProposalKind, short string) *cobra.Command {
	var w why
	var out format
	cmd := &cobra.Command{
		Use: string(kind) + " REGION --reason CODE", Short: short, Args: exactly("REGION"),
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
	out.flags(cmd, false)
	return cmd
}

// decide asks for a decision about a region and says how far it has come.
func decide(c *cli, cmd *cobra.Command, out format, region, what string, body map[string]any) error {
	parsed, err := parseRegion(cmd, region)
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.post(cmd.Context(), "/federation/regions/"+url.PathEscape(string(parsed))+"/"+what, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, parsed, err)
	}
	return showDecided(c, out, r, fmt.Sprintf("%s %s", what, parsed))
}

func showDecided(c *cli, out format, r reply, what string) error {
	if out.json {
		return c.printJSON(r.body)
	}
	var done api.Decided
	if err := r.into(&done); err != nil {
		return err
	}
	if done.State == survey.ProposalOpen {
		fmt.Fprintf(c.out, "Proposed as number %d: %s. It takes effect when another region runs: tracker endorse %d\n", done.Number, what, done.Number)
		return nil
	}
	fmt.Fprintf(c.out, "Done: %s (number %d).\n", what, done.Number)
	return nil
}

func newRegionSucceed(c *cli) *cobra.Command {
	var w why
	var out format
	cmd := &cobra.Command{
		Use: "succeed OLD NEW --reason CODE", Short: "NEW takes the open claims of OLD over, and OLD is removed", Args: exactly("OLD", "NEW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			to, err := parseRegion(cmd, args[1])
			if err != nil {
				return err
			}
			body["to"] = to
			return decide(c, cmd, out, args[0], "succeed", body)
		},
	}
	w.flags(cmd)
	out.flags(cmd, false)
	return cmd
}

func newRegionRole(c *cli) *cobra.Command {
	var w why
	var out format
	cmd := &cobra.Command{
		Use: "role REGION voter|observer --reason CODE", Short: "Make a region a voter or an observer", Args: exactly("REGION", "ROLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			if role := survey.Role(args[1]); role != survey.RoleVoter && role != survey.RoleObserver {
				return usage(cmd, "role %s: use %s or %s", args[1], survey.RoleVoter, survey.RoleObserver)
			}
			body["role"] = args[1]
			return decide(c, cmd, out, args[0], "role", body)
		},
	}
	w.flags(cmd)
	out.flags(cmd, false)
	return cmd
}

func newRegionVoters(c *cli) *cobra.Command {
	var w why
	var out format
	cmd := &cobra.Command{
		Use: "max-voters N --reason CODE", Short: "How many regions vote; 0 for all", Args: exactly("N"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 0 || n > 64 {
				return usage(cmd, "%s: use a number from 0 to 64", args[0])
			}
			body["voters"] = n
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/federation/max-voters", body)
			if err != nil {
				return fmt.Errorf("set the number of voters: %w", err)
			}
			return showDecided(c, out, r, "max-voters "+args[0])
		},
	}
	w.flags(cmd)
	out.flags(cmd, false)
	return cmd
}

func newRegionRename(c *cli) *cobra.Command {
	var from string
	var out format
	cmd := &cobra.Command{
		Use: "rename NAME --from DATE", Short: "Give this region a name from a day on; its code stays", Args: exactly("NAME"),
		Example: `  tracker region rename "Health Innovation Wessex" --from 2023-10-01`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/federation/name", map[string]any{"name": args[0], "from": from})
			if err != nil {
				return fmt.Errorf("rename: %w", err)
			}
			return showDecided(c, out, r, "name from "+from)
		},
	}
	out.flags(cmd, false)
	cmd.Flags().StringVar(&from, "from", "", "first day of the name, as 2023-10-01 (required)")
	if err := cmd.MarkFlagRequired("from"); err != nil {
		panic(err) // only if the flag above does not exist
	}
	return cmd
}

func newRegionRotateKey(c *cli) *cobra.Command {
	var w why
	var out format
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
				body, err := w.body(cmd)
				if err != nil {
					return err
				}
				body["card"] = card
				return decide(c, cmd, out, args[0], "new-key", body)
			}
			if card != "" || w.reason != "" {
				return usage(cmd, "--card and --reason go with a region")
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/federation/rotate-key", struct{}{})
			if err != nil {
				return fmt.Errorf("rotate the key: %w", err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var id api.NewNodeID
			if err := r.into(&id); err != nil {
				return err
			}
			fmt.Fprintf(c.out, "This node's id is now %s\n", id.NodeID)
			return nil
		},
	}
	out.flags(cmd, false)
	flags := cmd.Flags()
	flags.StringVar(&card, "card", "", "the key card of the region")
	flags.StringVar(&w.reason, "reason", "", "one of "+joinIDs(survey.ProposalReasons()))
	flags.StringVar(&w.words, "words", "", "why, for this node's own audit log")
	return cmd
}

func newRegionList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "Every region: code, name, state, role, node id", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/federation", nil)
			if err != nil {
				return err
			}
			var status survey.FederationStatus
			if err := r.into(&status); err != nil {
				return err
			}
			t := table{header: []string{"REGION", "NAME", "STATE", "ROLE", "STAGE", "ADDRESS", "NODE ID"}}
			for _, m := range status.Regions {
				t.add(string(m.Region), m.Name, string(m.State), string(m.Role), m.Stage, m.Address, m.NodeID)
			}
			return c.print(out, r.body, t, "There is no region.")
		},
	}
	out.flags(cmd, true)
	return cmd
}

func newRegionProposals(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "proposals", Short: "What regions proposed about regions and campaigns, newest first", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/federation/proposals", nil)
			if err != nil {
				return err
			}
			var page api.Page[survey.Proposal]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"NUMBER", "WHAT", "REGION", "CYCLE", "REASON", "BY", "STATE", "ENDORSED BY", "LAPSES"}}
			for _, p := range page.Items {
				t.add(fmt.Sprint(p.Number), string(p.Kind), string(p.Region), string(p.Cycle), string(p.Reason), string(p.By), string(p.State), string(p.EndorsedBy), out.timeFor(p.Lapses))
			}
			return c.print(out, r.body, t, "Nothing was proposed.")
		},
	}
	out.flags(cmd, true)
	return cmd
}

func newEndorseCommand(c *cli) *cobra.Command {
	var out format
	var words string
	cmd := &cobra.Command{
		Use: "endorse NUMBER", Short: "This region's consent to what another region proposed", Args: exactly("NUMBER"),
		Long: `This region's consent to what another region proposed; it takes effect by it. "tracker
region proposals" lists what waits.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || number == 0 {
				return usage(cmd, "%q is not the number of a proposal", args[0])
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/federation/proposals/"+strconv.FormatUint(number, 10)+"/endorse", map[string]any{"words": words})
			if err != nil {
				return fmt.Errorf("endorse proposal %d: %w", number, err)
			}
			return showDecided(c, out, r, "proposal "+args[0])
		},
	}
	out.flags(cmd, false)
	cmd.Flags().StringVar(&words, "words", "", "why, for this node's own audit log")
	return cmd
}
