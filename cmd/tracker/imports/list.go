package imports

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// listImport is the import of one list into the region's own records.
type listImport struct {
	*cli.Invocation
	kind, path     string
	cycle          survey.Cycle
	sheet, mapping string
	dryRun         bool
	rejects        string
}

func newImportList(c *cli.Invocation, kind, short string) *cobra.Command {
	var out cli.Format
	im := &listImport{Invocation: c, kind: kind}
	cmd := &cobra.Command{
		Use:   kind + " FILE",
		Short: short,
		Long: short + ` (CSV or XLSX), at this region's node.

The columns are recognised by their names. --map names a file that says which
column is which:

  columns:
    Firm: organisation
    "Q7 [SQ001]": q07.equity
    Internal: "-"
  values:
    channel: {phone: call}

The node remembers this for lists with the same columns. A row's company is
found by its number, or by its name if only one company has that name.

The whole list is read and compared first. Then its valid rows are recorded all
together or not at all; "tracker import undo ID" takes them back for 24 hours.
Refused rows are written unchanged, with the reason, to the file that --rejects
names. If that name ends in .xlsx it is a workbook, in which company numbers keep
their leading zeros. Importing the same list again changes nothing.

Exit code 6: finished, but some rows were refused.`,
		Args: cli.Exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			im.path = args[0]
			return im.run(cmd.Context(), out)
		},
	}
	out.Flags(cmd, false)
	if kind == survey.ImportResponses {
		cli.CycleFlag(cmd, &im.cycle)
	}
	cmd.Flags().BoolVar(&im.dryRun, "dry-run", false, "show what would happen row by row, and change nothing")
	cmd.Flags().StringVar(&im.mapping, "map", "", "YAML file that says which column is which")
	cmd.Flags().StringVar(&im.sheet, "sheet", "", "sheet of a workbook (default: the first)")
	cmd.Flags().StringVar(&im.rejects, "rejects", "", "write the refused rows to this file, with the reasons")
	return cmd
}

func (im *listImport) run(ctx context.Context, out cli.Format) error {
	cl, err := im.Connect()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(im.path)
	if err != nil {
		return fmt.Errorf("import %s: %w", im.path, err)
	}

	result, r, err := cli.Decoded[survey.Import](im.upload(ctx, cl, text))
	if err != nil {
		return fmt.Errorf("import %s: %w", im.path, err)
	}

	im.tellColumns(result)

	// A plan without good rows has nothing to commit.
	if !im.dryRun && result.State == survey.ImportPlanned {
		if r, result, err = im.commit(ctx, cl, result); err != nil {
			return err
		}
	}

	if im.rejects != "" && result.Refused > 0 {
		if err := im.fetchRejects(ctx, cl, result.ID); err != nil {
			return err
		}
	}

	if err := im.report(out, r, result); err != nil {
		return err
	}

	if result.Refused > 0 {
		return cli.ErrFindings
	}
	return nil
}

// commit records a plan. The plan's id is the key, so a repeated commit records it once.
func (im *listImport) commit(ctx context.Context, cl *cli.Client, planned survey.Import) (
	cli.Reply, survey.Import, error) {
	path := "/imports/" + url.PathEscape(planned.ID) + "/commit"
	result, r, err := cli.Decoded[survey.Import](cl.Change(ctx, http.MethodPost, path, struct{}{}, planned.ID))
	if err != nil {
		return r, planned, fmt.Errorf("import %s: %w", im.path, err)
	}
	return r, result, nil
}

// take plans and commits a list that another import made.
func (im *listImport) take(ctx context.Context, cl *cli.Client, text []byte) (survey.Import, error) {
	result, _, err := cli.Decoded[survey.Import](im.upload(ctx, cl, text))
	if err != nil || result.State != survey.ImportPlanned {
		return result, err
	}
	_, result, err = im.commit(ctx, cl, result)
	return result, err
}

// upload sends the list, always as a plan, which records nothing.
func (im *listImport) upload(ctx context.Context, cl *cli.Client, text []byte) (cli.Reply, error) {
	query := cli.Query("kind", im.kind, "dry_run", "true", "cycle", string(im.cycle), "sheet", im.sheet)
	mapping, err := cli.ReadMapping(im.mapping)
	if err != nil {
		return cli.Reply{}, err
	}
	return cl.Upload(ctx, cli.Upload{Path: "/imports?" + query.Encode(), Name: im.path, Text: text,
		Mapping: mapping, Watch: im.Sending})
}

func (im *listImport) tellColumns(result survey.Import) {
	taken, ignored := "", ""
	for _, c := range result.Columns {
		if c.Field == "" {
			ignored += ", " + c.Column
		} else {
			taken += ", " + c.Field + " = " + c.Column
		}
	}

	im.Say("%s: %d rows", im.path, result.Rows)
	if taken != "" {
		im.Say("columns: %s", cli.Printable(taken[2:]))
	}
	if ignored != "" {
		im.Say("ignored: %s", cli.Printable(ignored[2:]))
	}
	for _, note := range result.Notes {
		im.Say("%s", cli.Printable(note))
	}
}

func (im *listImport) report(out cli.Format, r cli.Reply, result survey.Import) error {
	shown := 0

	// Refusals come first, because the person must act on those.
	for _, severity := range []string{"refused", "warning"} {
		for _, p := range result.Problems {
			if p.Severity == severity && shown < shownProblems {
				shown++
				place := fmt.Sprintf("row %d", p.Row)
				if p.Column != "" {
					place += ", " + p.Column
				}
				im.Say("%s: %s: %s", severity, place, cli.Printable(p.Text))
			}
		}
	}

	if all := len(result.Problems); all > shown {
		im.Say("... and %d more; --json lists them", all-shown)
	}

	// After a real import the records' own history shows them.
	for i, change := range result.Changes {
		if im.dryRun && change.Field != "" && i < shownProblems {
			im.Say("row %d: %s: %s was %q, would be %q", change.Row, change.ID, change.Field, change.Before,
				change.After)
		}
	}

	t := cli.Table{}
	for _, line := range []struct {
		label string
		n     int
	}{{"rows", result.Rows}, {"added", result.Added}, {"updated", result.Updated}, {"known already", result.Known},
		{"repeated in the list", result.Repeated}, {"deleted since", result.Deleted}, {"refused", result.Refused},
		{"warnings", result.Warnings}} {
		t.Add(line.label, cli.Digits(line.n))
	}

	if err := im.Print(out, r.Body, t, ""); err != nil {
		return err
	}

	switch {
	case im.dryRun:
		im.Say("It was a dry run: nothing was changed. Run it again without --dry-run.")
	case result.State == survey.ImportCommitted && result.Added+result.Updated == 0:
		im.Say("There was nothing to record.")
	case result.State == survey.ImportCommitted:
		im.Say("Recorded. \"tracker import undo %s\" takes it back until %s.", result.ID,
			cli.LongTime(result.UndoUntil))
	}

	if result.Refused > 0 && im.rejects == "" {
		im.Say("Name a file with --rejects to get the refused rows with their reasons.")
	}
	return nil
}

func (im *listImport) fetchRejects(ctx context.Context, cl *cli.Client, id string) error {
	// Spreadsheets drop the leading zeros of numbers in CSV, so a workbook can be chosen.
	name := "rejects.csv"
	if strings.EqualFold(filepath.Ext(im.rejects), ".xlsx") {
		name = "rejects.xlsx"
	}
	r, err := cl.Get(ctx, "/imports/"+url.PathEscape(id)+"/"+name, nil)
	if err != nil {
		return fmt.Errorf("read the refused rows: %w", err)
	}

	if err := os.WriteFile(im.rejects, r.Body, 0o600); err != nil {
		return fmt.Errorf("write the refused rows: %w", err)
	}
	im.Say("The refused rows are in %s: correct them and import that file.", im.rejects)
	return nil
}
