package imports

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

// NewWorkbookCommand writes the national tracker out as one sheet and sends its edits.
func NewWorkbookCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("workbook", "The whole national tracker as one sheet, out and back in", newWorkbookExport(c), newWorkbookImport(c))
}
