package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

const eligibleBatch = 1000

func campaignPath(cycle survey.Cycle) string { return "/campaigns/" + url.PathEscape(string(cycle)) }

func newCampaignClose(c *cli) *cobra.Command {
	return newCampaignStep(c, "close CYCLE", "Close the campaign of one cycle for the nation", "/close", "Campaign %s is closed.")
}

func newCampaignEligible(c *cli) *cobra.Command {
	return group("eligible", "The companies that a campaign means to survey: the denominator of the response rate",
		newEligibleImport(c), newEligibleShow(c), newEligibleRoll(c),
		newCampaignStep(c, "freeze CYCLE", "Freeze the eligible set: what comes later is shown as late", "/eligible/freeze", "The eligible set of %s is frozen."))
}

// newCampaignStep is a verb that takes a campaign one step.
func newCampaignStep(c *cli, use, short, path, done string) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: use, Short: short, Long: short + "." + secondRegion, Args: exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			return stepCampaign(c, cmd, cl, out, cycle, path, struct{}{}, fmt.Sprintf(done, cycle))
		},
	}
	out.flags(cmd, false)
	return cmd
}

func stepCampaign(c *cli, cmd *cobra.Command, cl *client, out format, cycle survey.Cycle, path string, body any, done string) error {
	r, err := cl.post(cmd.Context(), campaignPath(cycle)+path, body)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", cycle, err)
	}
	return sayStepped(c, out, r, done)
}

func newEligibleRoll(c *cli) *cobra.Command {
	var out format
	var from string
	cmd := &cobra.Command{
		Use:   "roll CYCLE --from CYCLE",
		Short: "Put what was eligible in an earlier cycle into the set",
		Args:  exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			earlier, err := parseCycle(cmd, from)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			return rollForward(c, cmd, cl, out, cycle, earlier)
		},
	}
	out.flags(cmd, false)
	cmd.Flags().StringVar(&from, "from", "", "the earlier cycle (required)")
	if err := cmd.MarkFlagRequired("from"); err != nil {
		panic(err) // only if the flag above does not exist
	}
	return cmd
}

func rollForward(c *cli, cmd *cobra.Command, cl *client, out format, cycle, earlier survey.Cycle) error {
	return stepCampaign(c, cmd, cl, out, cycle, "/eligible/roll", api.Roll{From: string(earlier)},
		fmt.Sprintf("What was eligible in %s is in the eligible set of %s, with who held it then and refusals.", earlier, cycle))
}

func newEligibleImport(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:     "import CYCLE FILE",
		Short:   "Put the companies of a list (CSV) into the eligible set",
		Example: "  tracker campaign eligible import 2022-23 companies.csv",
		Args:    exactly("CYCLE", "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			ids, err := readIdentifiers(args[1])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			return importEligible(c, cmd, cl, out, cycle, ids)
		},
	}
	out.flags(cmd, true)
	return cmd
}

func importEligible(c *cli, cmd *cobra.Command, cl *client, out format, cycle survey.Cycle, ids []survey.Identifier) error {
	var items []survey.Outcome
	for start := 0; start < len(ids); start += eligibleBatch {
		part := ids[start:min(start+eligibleBatch, len(ids))]
		var batch api.Batch
		r, err := cl.post(cmd.Context(), campaignPath(cycle)+"/eligible", map[string]any{"organisations": part})
		if err == nil {
			err = r.into(&batch)
		}
		if err != nil {
			return fmt.Errorf("companies %d to %d of %d: %w", start+1, start+len(part), len(ids), err)
		}
		items = append(items, batch.Items...)
	}
	counts := map[survey.OutcomeStatus]int{}
	t := table{header: []string{"COMPANY", "RESULT", "DETAIL"}}
	for i, item := range items {
		counts[item.Status]++
		if item.Refusal != nil && i < len(ids) {
			t.add(string(ids[i]), string(item.Status), item.Refusal.Error())
		}
	}
	if out.json || out.csv || len(t.rows) > 0 {
		if err := c.print(out, map[string]any{"items": items}, t, ""); err != nil {
			return err
		}
	}
	c.say("%d added, %d there before, %d refused.", counts[survey.OutcomeCreated], counts[survey.OutcomeExists], counts[survey.OutcomeRefused])
	if counts[survey.OutcomeRefused] > 0 {
		return &silent{code: exitFindings}
	}
	return nil
}

func newEligibleShow(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "show CYCLE",
		Short: "Show the eligible set, with what the campaign before left",
		Args:  exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			found, raw, err := pages[survey.Eligible](cmd.Context(), cl, campaignPath(cycle)+"/eligible", nil, 0)
			if err != nil {
				return fmt.Errorf("eligible set of %s: %w", cycle, err)
			}
			t := table{header: []string{"COMPANY", "SOURCE", "SUPPORTED BY", "ADDED", "LATE", "LAST HOLDER", "LAST STATE", "LAST REASON", "DO NOT SURVEY"}}
			mark := map[bool]string{true: "yes"}
			for _, e := range found {
				t.add(string(e.Organisation), string(e.Source), joinIDs(e.SupportedBy), out.timeFor(e.Added), mark[e.Late],
					string(e.LastHolder), string(e.LastState), string(e.LastReason), mark[e.DoNotSurvey])
			}
			return c.print(out, itemsJSON(raw), t, "The eligible set is empty.")
		},
	}
	out.flags(cmd, true)
	return cmd
}

func newOrgLift(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "lift ID",
		Short: "Let a company be surveyed again that had asked not to be",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, id, "lift", struct{}{}, fmt.Sprintf("%s may be surveyed again.", id))
		},
	}
	out.flags(cmd, false)
	return cmd
}
