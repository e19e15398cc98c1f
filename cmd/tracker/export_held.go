package main

import (
	"fmt"
	"net/url"
	"os"

	"github.com/spf13/cobra"
)

func newExportHeld(c *cli) *cobra.Command {
	var cycleText, csvFile, xlsxFile, mapping, sheetName string
	cmd := &cobra.Command{
		Use:   "held LIST --cycle CYCLE",
		Short: "Give a list of companies back with who holds each, its state, and when it was last surveyed",
		Long: `Give a list of companies (CSV or XLSX) back as it is, with three columns filled
in: held by, state, last surveyed. The list needs a column with a number or the
name. Nothing is recorded. Given back once more, the columns are brought up to
date.`,
		Example: "  tracker export held ours.xlsx --cycle 2022-23 --xlsx ours-filled.xlsx",
		Args:    exactly("LIST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("read the list: %w", err)
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			query, file := url.Values{"cycle": {string(cycle)}}, csvFile
			if xlsxFile != "" {
				query.Set("format", "xlsx")
				file = xlsxFile
			}
			if sheetName != "" {
				query.Set("sheet", sheetName)
			}
			columns, err := readMapping(mapping)
			if err != nil {
				return fmt.Errorf("fill in %s: %w", args[0], err)
			}
			r, err := cl.upload(cmd.Context(), upload{path: "/lists:filled?" + query.Encode(), name: args[0], text: text, mapping: columns, watch: c.sending})
			if err != nil {
				return fmt.Errorf("fill in %s: %w", args[0], err)
			}
			return deliver(c, r.body, file)
		},
	}
	cycleFlag(cmd, &cycleText)
	cmd.Flags().StringVar(&csvFile, "csv", "", "write CSV to this file")
	cmd.Flags().StringVar(&xlsxFile, "xlsx", "", "write a workbook to this file")
	cmd.Flags().StringVar(&mapping, "map", "", "file that says which column is which, YAML")
	cmd.Flags().StringVar(&sheetName, "sheet", "", "sheet of a workbook (the first, if left out)")
	cmd.MarkFlagsMutuallyExclusive("csv", "xlsx")
	return cmd
}
