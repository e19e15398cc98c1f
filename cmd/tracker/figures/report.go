package figures

import (
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

// NewReportCommand writes the national report of a year.
func NewReportCommand(c *cli.Invocation) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "report CYCLE --html FILE",
		Short: "Write the national report of a year, for the public, as one page",
		Long: `Write the national report of a year, for the public, as one page of HTML that needs
nothing else: figures, charts, method, definitions, response rate, what is hidden
and why, published against restated figures, and how to verify them.

A certified year gives its final figures. Before that the report is provisional,
and its figures are rounded. It is the same, byte for byte, at every node that has
the same figures.`,
		Example: "  tracker report 2021-22 --html report.html",
		Args:    cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			r, err := readAbout(cmd.Context(), c, "report of", string(cycle), "/reports/"+url.PathEscape(string(cycle))+".html", nil)
			if err != nil {
				return err
			}
			return c.Deliver(r.Body, file)
		},
	}
	cmd.Flags().StringVar(&file, "html", "", "file to write (standard output, if left out)")
	return cmd
}
