package bench

import (
	"context"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newBenchTotals(c *cli.Invocation) *cobra.Command {
	b := &measurement{Invocation: c}
	var cycleText, by string
	cmd := &cobra.Command{
		Use:   "totals",
		Short: "Measure national totals, as the nodes hold them",
		Long: `Measures cached totals: every client asks for the national totals of one cycle
again and again. It changes nothing.`,
		Example: "  tracker bench totals --dir demo\n  tracker bench totals --dir demo/otv --by region --clients 16",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
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
			return b.measure(cmd.Context(), "TOTALS", func(ctx context.Context, cl *cli.Client) error {
				_, err := cl.Get(ctx, "/totals", query)
				return err
			})
		},
	}
	b.flags(cmd, true)
	cmd.Flags().StringVar(&cycleText, "cycle", string(cli.DemoCycle), "cycle to ask for")
	cmd.Flags().StringVar(&by, "by", "", "breakdown: region, "+cli.Join(survey.Dimensions()))
	return cmd
}
