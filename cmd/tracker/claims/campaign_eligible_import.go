package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newEligibleImport(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "import CYCLE FILE",
		Short:   "Put the companies of a list (CSV) into the eligible set",
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

func importEligible(c *cli.Invocation, cmd *cobra.Command, cl *cli.Client, out cli.Format, cycle survey.Cycle, ids []survey.Identifier) error {
	var items []survey.Outcome
	for start := 0; start < len(ids); start += eligibleBatch {
		part := ids[start:min(start+eligibleBatch, len(ids))]
		var batch api.Batch
		r, err := cl.Post(cmd.Context(), cli.CampaignPath(cycle)+"/eligible", map[string]any{"organisations": part})
		if err == nil {
			err = r.Into(&batch)
		}
		if err != nil {
			return fmt.Errorf("companies %d to %d of %d: %w", start+1, start+len(part), len(ids), err)
		}
		items = append(items, batch.Items...)
	}
	counts := map[survey.OutcomeStatus]int{}
	t := cli.Table{Header: []string{"COMPANY", "RESULT", "DETAIL"}}
	for i, item := range items {
		counts[item.Status]++
		if item.Refusal != nil && i < len(ids) {
			t.Add(string(ids[i]), string(item.Status), item.Refusal.Error())
		}
	}
	if out.JSON || out.CSV || len(t.Rows) > 0 {
		if err := c.Print(out, map[string]any{"items": items}, t, ""); err != nil {
			return err
		}
	}
	c.Say("%d added, %d there before, %d refused.", counts[survey.OutcomeCreated], counts[survey.OutcomeExists], counts[survey.OutcomeRefused])
	if counts[survey.OutcomeRefused] > 0 {
		return &cli.Silent{Code: cli.ExitFindings}
	}
	return nil
}

const eligibleBatch = 1000
