package imports

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newWorkbookExport(c *cli.Invocation) *cobra.Command {
	var cycleText, file string
	cmd := &cobra.Command{
		Use:     "export --cycle CYCLE --xlsx FILE",
		Short:   "Write every company with its supporters, holder, state, dates and last year",
		Example: "  tracker workbook export --cycle 2022-23 --xlsx tracker.xlsx",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			if file == "" {
				return cli.Usage(cmd, "name the file with --xlsx")
			}
			r, err := c.Read(cmd.Context(), "export the workbook", cli.CampaignPath(cycle)+"/workbook.xlsx", nil)
			if err != nil {
				return err
			}
			return cli.Deliver(c, r.Body, file)
		},
	}
	cmd.Flags().StringVar(&cycleText, "cycle", "", "the cycle, for example 2022-23")
	cmd.Flags().StringVar(&file, "xlsx", "", "the file to write")
	return cmd
}
