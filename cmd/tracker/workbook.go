package main

import (
	"github.com/spf13/cobra"
)

func newWorkbookCommand(c *cli) *cobra.Command {
	return group("workbook", "The whole national tracker as one sheet, out and back in", newWorkbookExport(c), newWorkbookImport(c))
}
