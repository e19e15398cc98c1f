package records

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newExportHeld(c *cli.Invocation) *cobra.Command {
	var cycle survey.Cycle
	var csvFile, xlsxFile, mapping, sheetName string
	cmd := &cobra.Command{
		Use:   "held LIST --cycle CYCLE",
		Short: "Fill in who holds each company of a list, the claim's state, and the last survey",
		Long: `Fill in three columns of a list of companies (CSV or XLSX): held by, state, last
surveyed. The list needs a column of numbers or names and otherwise stays as it is.
Nothing is recorded. Fill in the result again to bring the columns up to date.`,
		Example: "  tracker export held ours.xlsx --cycle 2022-23 --xlsx ours-filled.xlsx",
		Args:    cli.Exactly("LIST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("read the list: %w", err)
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}

			query, file := cli.Query("cycle", string(cycle), "sheet", sheetName), csvFile
			if xlsxFile != "" {
				query.Set("format", "xlsx")
				file = xlsxFile
			}

			// A list from elsewhere may name its columns differently.
			columns, err := cli.ReadMapping(mapping)
			if err != nil {
				return fmt.Errorf("fill in %s: %w", args[0], err)
			}

			r, err := cl.Upload(cmd.Context(), cli.Upload{Path: "/lists:filled?" + query.Encode(), Name: args[0],
				Text: text, Mapping: columns, Watch: c.Sending})
			if err != nil {
				return fmt.Errorf("fill in %s: %w", args[0], err)
			}
			return c.Deliver(r.Body, file)
		},
	}
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().StringVar(&csvFile, "csv", "", "write CSV to this file")
	cmd.Flags().StringVar(&xlsxFile, "xlsx", "", "write a workbook to this file")
	cmd.Flags().StringVar(&mapping, "map", "", "YAML file that says which column is which")
	cmd.Flags().StringVar(&sheetName, "sheet", "", "sheet of a workbook (default: the first)")
	cmd.MarkFlagsMutuallyExclusive("csv", "xlsx")
	return cmd
}
