package imports

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

func newImportTracker(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var mapping, rejects string
	im := newImporter(c, "", false)
	cmd := &cobra.Command{
		Use:   "tracker FILE --cycle CYCLE",
		Short: "Import an old national workbook: companies, who surveyed them, with what result",
		Long: `Import an old national workbook (CSV or XLSX): company, the region that surveyed
it, state, date and outcome.

The companies go into the national registry. Those that the workbook shows as this
region's are claimed in the cycle's campaign, if it is open, and taken to the state in
the workbook. A company that has answered is shown as contacted until its answers are
imported. Every row is also kept in this region's own records, as "reported". Nothing is
claimed for another region.

Running the same import again is harmless.
Exit code 6: finished, but some rows or claims were refused.`,
		Example: "  tracker import tracker tracker-2019.xlsx --cycle 2019-20 --dry-run",
		Args:    cli.Exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if mapping != "" {
				text, err := cli.ReadMapping(mapping)
				if err != nil {
					return err
				}
				if im.saved, err = sheet.ParseSaved(text); err != nil {
					return cli.FileFault(fmt.Errorf("%s: %w", mapping, err))
				}
			}

			// The flags are read only now, so the importer made above does not know them.
			im.path, im.summary = args[0], newImportSummary(args[0], im.dryRun)
			im.workbook = &workbookImport{cycle: cycle, said: map[int]sheet.WorkbookRow{}}
			return im.runWorkbook(cmd.Context(), out, rejects)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().BoolVar(&im.dryRun, "dry-run", false, "show what would happen, and change nothing")
	cmd.Flags().StringVar(&mapping, "map", "", "YAML file that says which column is which")
	cmd.Flags().StringVar(&im.sheet, "sheet", "", "sheet of a workbook (default: the first)")
	cmd.Flags().StringVar(&rejects, "rejects", "", "write the refused rows to this file, with the reasons")
	return cmd
}

// ownRegion asks the node for its region.
func (im *importer) ownRegion(ctx context.Context) (survey.Region, error) {
	status, _, err := cli.Decoded[api.NodeStatus](im.client.Get(ctx, "/status", nil))
	return status.Region, err
}

func (im *importer) batch(ctx context.Context, path string, body any, want int) ([]survey.Outcome, error) {
	batch, _, err := cli.Decoded[api.Batch](im.client.Post(ctx, path, body))
	if err != nil {
		return nil, err
	}

	// Outcomes are matched to rows by their place.
	if len(batch.Items) != want {
		return nil, fmt.Errorf("the node answered %d results for %d rows", len(batch.Items), want)
	}
	return batch.Items, nil
}
