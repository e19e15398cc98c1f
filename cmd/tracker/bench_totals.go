package main

import (
	"context"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newBenchTotals(c *cli) *cobra.Command {
	b := &bench{cli: c}
	var cycleText, by string
	cmd := &cobra.Command{
		Use:   "totals",
		Short: "Measure national totals, as the nodes hold them",
		Long: `Measures cached totals: every client asks for the national totals of one cycle
again and again. It changes nothing.`,
		Example: "  tracker bench totals --dir demo\n  tracker bench totals --dir demo/otv --by region --clients 16",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			if err := b.open(cmd); err != nil {
				return err
			}
			query := url.Values{"cycle": {string(cycle)}, "mode": {string(survey.ModeCached)}}
			if by != "" {
				query.Set("by", by)
			}
			return b.measure(cmd.Context(), "TOTALS", func(ctx context.Context, cl *client) error {
				_, err := cl.get(ctx, "/totals", query)
				return err
			})
		},
	}
	b.flags(cmd, true)
	cmd.Flags().StringVar(&cycleText, "cycle", string(demoCycle), "cycle to ask for")
	cmd.Flags().StringVar(&by, "by", "", "breakdown: region, "+joinIDs(survey.Dimensions()))
	return cmd
}
