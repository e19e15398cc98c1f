package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

func newWorkbookExport(c *cli) *cobra.Command {
	var cycleText, file string
	cmd := &cobra.Command{
		Use:     "export --cycle CYCLE --xlsx FILE",
		Short:   "Write every company with its supporters, holder, state, dates and last year",
		Example: "  tracker workbook export --cycle 2022-23 --xlsx tracker.xlsx",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			if file == "" {
				return usage(cmd, "name the file with --xlsx")
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/campaigns/"+url.PathEscape(string(cycle))+"/workbook.xlsx", nil)
			if err != nil {
				return fmt.Errorf("export the workbook: %w", err)
			}
			return deliver(c, r.body, file)
		},
	}
	cmd.Flags().StringVar(&cycleText, "cycle", "", "the cycle, for example 2022-23")
	cmd.Flags().StringVar(&file, "xlsx", "", "the file to write")
	return cmd
}
