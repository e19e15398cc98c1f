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
EmployerSize, SicCodes, DateSubmitted; Kind, Status, Lead region, Merged into.
Columns that are not used are named. The encoding (UTF-8, UTF-16, Windows-1252)
and the separator are detected.

You can edit a list that "tracker export organisations" wrote in a spreadsheet and
import it again. Only your edits become changes, as of today; those that the registry
does not accept are named with the reason. An edit under "Merged into" merges, which
only a lead may do. Of two reports the one with the later date counts, and the first
lead of an organisation stays. Each AHSN reports itself whom it supported:
--supported-in CYCLE does so for the rows that name this one.

The whole file is read first: a file that cannot be read to its end changes nothing.
Rows that cannot be used are named with row and column, written to the file that
--rejects names, and do not hold back the others. Running the same import again is
harmless: after an interruption it continues where it stopped.

Exit code 6: finished, but some rows were refused or may be duplicates.`,
		Example: "  tracker import organisations employers.csv --dry-run\n" +
			"  tracker import organisations employers.csv --rejects rejects.csv",
		Args: cli.Exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			im := newImporter(c, args[0], dryRun)
			im.supported = supported
			return im.run(cmd.Context(), out, rejects)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would happen, and change nothing")
	cmd.Flags().StringVar(&rejects, "rejects", "", "write the refused rows to this file, with the reasons")
	cli.ParsedFlag(cmd, &supported, survey.ParseCycle, "supported-in",
		"report that in this cycle this region supported the organisations whose row names it")
	return cmd
}

// Organisations imports a list as the verb does, and returns the number of organisations added.
// Refused rows are not an error.
func Organisations(ctx context.Context, c *cli.Invocation, path string) (added int, err error) {
	im := newImporter(c, path, false)
	if err = im.run(ctx, cli.Format{}, ""); errors.Is(err, cli.ErrFindings) {
		err = nil
	}
	return im.summary.Added, err
}
