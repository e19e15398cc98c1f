package imports

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newImportOrganisations(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var dryRun bool
	var rejects string
	var supported survey.Cycle
	cmd := &cobra.Command{
		Use:   "organisations FILE",
		Short: "Import a list of organisations (CSV or XLSX) into the national registry",
		Long: `Import a list of organisations (CSV or XLSX) into the national registry.

The columns are recognised by their names: EmployerName, Company name or
Organisation; CompanyNumber, Company No or CRN; CurrentName, PostCode,
EmployerSize, SicCodes, DateSubmitted; Kind, Status, Lead region, Merged into. The
columns that are not used are named. Encoding (UTF-8, UTF-16, Windows-1252) and
separator are found out.

A list that "tracker export organisations" wrote comes back whole. Edit it in a
spreadsheet: exactly the edits become commands, as of today, and those that the
registry does not take are named with the reason. What stands under "Merged
into" is merged, which only a lead may do. Of two reports the one of the later
day counts, the first lead of an organisation stays, and who supported it each
AHSN says itself: --supported-in CYCLE does it for the rows that name this one.

The whole file is read first: a file that cannot be read to its end changes
nothing. Rows that cannot be used are named with row and column, written to the
file that --rejects names, and do not keep the others back. Running the same
import again is harmless: after an interruption it goes on where it stopped.

Exit code 6: finished, and some rows were refused or may be duplicates.`,
		Example: "  tracker import organisations employers.csv --dry-run\n  tracker import organisations employers.csv --rejects rejects.csv",
		Args:    cli.Exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			im := newImporter(c, args[0], dryRun)
			im.supported = supported
			return im.run(cmd.Context(), out, rejects)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would happen, and change nothing")
	cmd.Flags().StringVar(&rejects, "rejects", "", "write the refused rows to this file, with the reasons")
	cli.ParsedFlag(cmd, &supported, survey.ParseCycle, "supported-in", "say that this region supported, in this cycle, the organisations whose row names it")
	return cmd
}

// Organisations imports a list as the verb does, and returns how many
// organisations it added. That rows were refused is no error.
func Organisations(ctx context.Context, c *cli.Invocation, path string) (added int, err error) {
	im := newImporter(c, path, false)
	if err = im.run(ctx, cli.Format{}, ""); errors.Is(err, cli.ErrFindings) {
		err = nil
	}
	return im.summary.Added, err
}
