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
		Short: "Write the national report of a year as one page for the public",
		Long: `Write the national report of a year for the public, as one self-contained page of HTML:
figures, charts, method, definitions, response rate, what is hidden and why, published
figures next to restated ones, and how to verify them.

The report of a certified year has its final figures. Before that it is provisional and
its figures are rounded. It is the same, byte for byte, at every node that has the same
figures.`,
		Example: "  tracker report 2021-22 --html report.html",
		Args:    cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}

			path := "/reports/" + url.PathEscape(string(cycle)) + ".html"
			r, err := readAbout(cmd.Context(), c, "report of", string(cycle), path, nil)
			if err != nil {
				return err
			}
			return c.Deliver(r.Body, file)
		},
	}
	cmd.Flags().StringVar(&file, "html", "", "file to write (default: standard output)")
	return cmd
}
