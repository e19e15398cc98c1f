package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewWorkbookCommand writes the national tracker to one sheet and sends the edits of such a sheet.
func NewWorkbookCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("workbook", "Export the whole national tracker as one sheet, and import its edits",
		newWorkbookExport(c), newWorkbookImport(c))
}

func newWorkbookExport(c *cli.Invocation) *cobra.Command {
	var cycle survey.Cycle
	var file string
	cmd := &cobra.Command{
		Use:     "export --cycle CYCLE --xlsx FILE",
		Short:   "Write all companies with supporters, holder, state, dates and last year's result",
		Example: "  tracker workbook export --cycle 2022-23 --xlsx tracker.xlsx",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return cli.Usage(cmd, "name the file with --xlsx")
			}
			r, err := c.Read(cmd.Context(), "export the workbook", cli.CampaignPath(cycle)+"/workbook.xlsx", nil)
			if err != nil {
				return err
			}
			return c.Deliver(r.Body, file)
		},
	}
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().StringVar(&file, "xlsx", "", "file to write")
	return cmd
}

func newWorkbookImport(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import FILE --cycle CYCLE",
		Short: "Send the edits of an exported workbook, and nothing else",
		Long: `Send the edits of an exported workbook, and nothing else.

Edit name, sector, size, postcode district or lead to correct a company. To claim a
company, enter this region's code as the holder; to give it up, empty the holder; to
offer it, enter another region; to ask for it, enter this region over another one. As
the state enter contacted, declined, unreachable or ineligible, with a coded reason.
You can sort, filter, move and leave out rows.

Every edit gets a result. It is refused, with the reason, if another region decides it or
if the claim has changed since the export. The same file sent again on the same day
changes nothing more.

Exit code 6: finished, but some edits were refused.`,
		Example: "  tracker workbook import tracker.xlsx --cycle 2022-23 --dry-run",
		Args:    cli.Exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return importWorkbook(cmd.Context(), c, out, args[0], cycle, dryRun)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would be sent, and change nothing")
	return cmd
}

func importWorkbook(ctx context.Context, c *cli.Invocation, out cli.Format, path string, cycle survey.Cycle,
	dryRun bool) error {
	cl, err := c.Connect()
	if err != nil {
		return err
	}
	done, r, err := cli.Decoded[api.Page[survey.WorkbookEdit]](sendWorkbook(ctx, cl, path, cycle, dryRun))
	if err != nil {
		return fmt.Errorf("import %s: %w", path, err)
	}

	t := cli.Table{Header: []string{"ROW", "COMPANY", "EDIT", "RESULT", "PROBLEM"}}
	refused := 0
	for _, e := range done.Items {
		t.Add(fmt.Sprint(e.Row), string(e.Organisation), e.Edit, string(e.Status), e.Problem)
		if e.Status == survey.OutcomeRefused {
			refused++
		}
	}

	if err := c.Print(out, r.Body, t, "The workbook has no edits."); err != nil {
		return err
	}

	if dryRun {
		c.Say("Nothing was changed: %d edits would be sent, %d refused.", len(done.Items)-refused, refused)
	} else if len(done.Items) > 0 {
		c.Say("%d edits were carried out, %d refused.", len(done.Items)-refused, refused)
	}

	if refused > 0 {
		return cli.ErrFindings
	}
	return nil
}

// sendWorkbook sends the file once. The key is made from the content and the date, so that the same
// file sent again makes the same request.
func sendWorkbook(ctx context.Context, cl *cli.Client, path string, cycle survey.Cycle, dryRun bool) (
	cli.Reply, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return cli.Reply{}, err
	}
	key := sha256.Sum256(append([]byte(time.Now().UTC().Format(time.DateOnly)+string(cycle)), text...))
	query := fmt.Sprintf("/workbook?dry_run=%t", dryRun)
	return cl.Upload(ctx, cli.Upload{Path: cli.CampaignPath(cycle) + query, Name: path, Text: text,
		Key: hex.EncodeToString(key[:16]), Binds: !dryRun})
}
