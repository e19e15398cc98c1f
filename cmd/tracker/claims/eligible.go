package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignEligible(c *cli.Invocation) *cobra.Command {
	return cli.Group("eligible", "Manage the companies that a campaign means to survey, the base of the response rate",
		newEligibleImport(c), newEligibleShow(c), newEligibleRoll(c),
		newCampaignStep(c, "freeze CYCLE", "Freeze the eligible set; later additions are marked late",
			"/eligible/freeze", "The eligible set of %s is frozen."))
}

func newEligibleImport(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "import CYCLE FILE",
		Short:   "Add the companies of a list (CSV) to the eligible set",
		Example: "  tracker campaign eligible import 2022-23 companies.csv",
		Args:    cli.Exactly("CYCLE", "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}

			ids, err := readIdentifiers(args[1])
			if err != nil {
				return err
			}

			cl, err := c.Connect()
			if err != nil {
				return err
			}
			return importEligible(c, cmd, cl, out, cycle, ids)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func importEligible(c *cli.Invocation, cmd *cobra.Command, cl *cli.Client, out cli.Format, cycle survey.Cycle,
	ids []survey.Identifier) error {
	items, err := inBatches(ids, func(part []survey.Identifier) (cli.Reply, error) {
		return cl.Post(cmd.Context(), cli.CampaignPath(cycle)+"/eligible", map[string]any{"organisations": part})
	})
	if err != nil {
		return err
	}

	// Only refusals need a person's attention.
	counts := map[survey.OutcomeStatus]int{}
	t := cli.Table{Header: []string{"COMPANY", "RESULT", "DETAIL"}}
	for i, item := range items {
		counts[item.Status]++
		if item.Refusal != nil {
			t.Add(string(ids[i]), string(item.Status), item.Refusal.Error())
		}
	}

	// People see a table only of the refusals; programs get every outcome.
	if out.JSON || out.CSV || len(t.Rows) > 0 {
		if err := c.Print(out, map[string]any{"items": items}, t, ""); err != nil {
			return err
		}
	}

	c.Say("%d added, %d there before, %d refused.",
		counts[survey.OutcomeCreated], counts[survey.OutcomeExists], counts[survey.OutcomeRefused])
	if counts[survey.OutcomeRefused] > 0 {
		return &cli.Silent{Code: cli.ExitFindings}
	}
	return nil
}

func newEligibleRoll(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var from survey.Cycle
	cmd := &cobra.Command{
		Use:   "roll CYCLE --from CYCLE",
		Short: "Add the companies that were eligible in an earlier cycle",
		Args:  cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			return rollForward(c, cmd, out, cycle, from)
		},
	}
	out.Flags(cmd, false)
	cli.ParsedFlag(cmd, &from, survey.ParseCycle, "from", "the earlier cycle (required)")
	cli.Require(cmd, "from")
	return cmd
}

func rollForward(c *cli.Invocation, cmd *cobra.Command, out cli.Format, cycle, earlier survey.Cycle) error {
	return stepCampaign(c, cmd, out, cycle, "/eligible/roll", api.Roll{From: string(earlier)},
		fmt.Sprintf("What was eligible in %s is in the eligible set of %s, with last holders and refusals.", earlier,
			cycle))
}

func newEligibleShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "show CYCLE",
		Short: "Show the eligible set, with each company's result in the previous campaign",
		Args:  cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			mark := map[bool]string{true: "yes"}
			return cli.List[survey.Eligible]{
				Doing: "eligible set of " + string(cycle),
				Path:  cli.CampaignPath(cycle) + "/eligible",
				Header: []string{"COMPANY", "SOURCE", "SUPPORTED BY", "ADDED", "LATE",
					"LAST HOLDER", "LAST STATE", "LAST REASON", "DO NOT SURVEY"},
				Row: func(e survey.Eligible) []string {
					return []string{string(e.Organisation), string(e.Source), survey.List(e.SupportedBy),
						out.TimeFor(e.Added),
						mark[e.Late], string(e.LastHolder), string(e.LastState), string(e.LastReason), mark[e.DoNotSurvey]}
				},
				Empty: "The eligible set is empty.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
