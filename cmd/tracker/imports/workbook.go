package imports

import (
	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/spf13/cobra"
)

func NewWorkbookCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("workbook", "The whole national tracker as one sheet, out and back in", newWorkbookExport(c), newWorkbookImport(c))
}
