// Package imports has the verbs that read lists in, and those that write the national workbook and
// read it back.
//
// Imports cmd/tracker/cli, node/api, store/companieshouse, store/sheet, store/survey.
package imports

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// importBatch is the number of rows in one request.
	importBatch = 500
	// shownProblems is the number of problems that are shown one by one.
	shownProblems = 20
)

// NewCommand imports lists.
func NewCommand(c *cli.Invocation) *cobra.Command {
	first := []*cobra.Command{newImportOrganisations(c), newImportCompaniesHouse(c), newImportTracker(c)}
	return cli.Group("import", "Import lists", append(first, newImportLists(c)...)...)
}

// importRow is a row on its way to the node and what became of it. changed and refused count the
// edits in it.
type importRow struct {
	row              sheet.Row
	new              survey.NewOrganisation
	listed           sheet.Listed
	outcome          survey.Outcome
	changed, refused int
}

// importer is one run of an import.
type importer struct {
	*cli.Invocation
	path    string
	dryRun  bool
	client  *cli.Client
	sending bool   // from here on there is something to report
	started uint64 // the registry's number before the first batch
	pending []importRow
	seen    map[survey.Identifier]int  // the row that first mentions each identifier
	listed  map[survey.Identifier]bool // every identifier in the list
	merging []importRow                // to be merged into another once all are there
	kept    map[string]int             // number of facts that the registry kept, by field
	// supported, unless empty, is the cycle in which region supported the rows that name it.
	supported  survey.Cycle
	region     survey.Region
	supporting []importRow
	header     []string
	rejects    *sheet.Writer
	bar        *progressbar.ProgressBar
	summary    Summary
	sheet      string      // of a workbook
	saved      sheet.Saved // names of the columns in this list
	// workbook, if not nil, collects the rows of a national workbook.
	workbook *workbookImport
}

// newImporter prepares the import of a list.
func newImporter(c *cli.Invocation, path string, dryRun bool) *importer {
	return &importer{Invocation: c, path: path, dryRun: dryRun, seen: map[survey.Identifier]int{},
		summary: newImportSummary(path, dryRun)}
}

func (im *importer) run(ctx context.Context, out cli.Format, rejects string) error {
	err := im.register(ctx, rejects)

	// Rows that were sent are reported even if a later batch failed.
	if im.sending {
		if printErr := im.report(out, rejects); err == nil {
			err = printErr
		}
	}

	s := im.summary
	if err == nil && s.Refused+s.Duplicates+s.Repeated > 0 {
		return cli.ErrFindings
	}
	return err
}

// register puts the list's organisations into the registry.
func (im *importer) register(ctx context.Context, rejects string) error {
	// The whole file first: one that cannot be read to its end changes nothing.
	rows, err := im.survey()
	if err != nil {
		return cli.FileFault(err)
	}

	if im.client, err = im.Connect(); err != nil {
		return err
	}

	if err := im.readStart(ctx); err != nil {
		return fmt.Errorf("import %s: %w", im.path, err)
	}

	if im.supported != "" {
		if im.region, err = im.ownRegion(ctx); err != nil {
			return fmt.Errorf("import %s: %w", im.path, err)
		}
	}

	if rejects != "" {
		closeRejects, err := im.openRejects(rejects)
		if err != nil {
			return err
		}
		defer closeRejects()
	}

	if cli.IsTerminal(im.Err) {
		im.bar = progressbar.NewOptions(rows, progressbar.OptionSetWriter(im.Err),
			progressbar.OptionSetDescription("importing"), progressbar.OptionShowCount(),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}

	im.sending = true
	err = im.send(ctx)
	if im.bar != nil {
		_ = im.bar.Finish()
	}

	if im.rejects != nil {
		if flushErr := im.rejects.Flush(); err == nil && flushErr != nil {
			err = fmt.Errorf("write %s: %w", rejects, flushErr)
		}
	}
	return err
}

// open opens the list and finds its columns.
func (im *importer) open() (*sheet.Table, sheet.Mapping, io.Closer, error) {
	f, err := os.Open(im.path)
	if err != nil {
		return nil, sheet.Mapping{}, nil, err
	}

	list, mapping, err := im.recognise(f)
	if err != nil {
		_ = f.Close()
		return nil, sheet.Mapping{}, nil, err
	}

	// Edits without a date of their own count from today.
	mapping.Today = time.Now().Format(time.DateOnly)
	return list, mapping, f, nil
}

// recognise reads the heading of an open list and finds the columns.
func (im *importer) recognise(f *os.File) (*sheet.Table, sheet.Mapping, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, sheet.Mapping{}, err
	}
	list, err := sheet.Open(f, info.Size(), sheet.Options{Name: im.path, Sheet: im.sheet})
	if err != nil {
		return nil, sheet.Mapping{}, err
	}

	var mapping sheet.Mapping
	header, err := im.saved.Rename(list.Header())
	switch {
	case err != nil:
	case im.workbook == nil:
		mapping, err = sheet.RecognizeOrganisations(header)
	default:
		im.workbook.columns, err = sheet.RecognizeWorkbook(header)
		mapping = im.workbook.columns.Mapping
	}
	if err != nil {
		return nil, mapping, fmt.Errorf("%s: row 1: %w", im.path, err)
	}
	return list, mapping, nil
}

// survey reads the file to its end, so that a file that cannot be read changes nothing, and returns
// its number of rows. It says how it reads the columns.
func (im *importer) survey() (rows int, err error) {
	list, mapping, file, err := im.open()
	if err != nil {
		return 0, err
	}
	defer file.Close()

	im.listed = map[survey.Identifier]bool{}
	for row, err := range list.Rows() {
		if err != nil {
			return 0, err
		}
		rows++
		organisation, _ := mapping.Organisation(row)
		for _, id := range organisation.Identifiers {
			im.listed[id] = true
		}
	}

	im.header = list.Header()
	if list.Separator() == 0 {
		im.Say("%s: %d rows", im.path, rows)
	} else {
		im.Say("%s: %d rows, %s, separated by %q", im.path, rows, list.Encoding(), list.Separator())
	}

	for _, note := range list.Notes() {
		im.Say("%s", cli.Printable(note))
	}

	if im.workbook != nil {
		im.Say("columns: %s", im.workbook.columns)
	} else {
		im.Say("columns: %s", mapping)
	}

	if ignored := mapping.Ignored(); len(ignored) > 0 {
		im.summary.Unused = ignored
		im.Say("ignored: %s", cli.Printable(survey.List(ignored)))
	}

	// A column that is understood but not used would otherwise look like a mistake of the import.
	if mapping.Has(sheet.FieldSupporting) && im.supported == "" {
		column := mapping.Column(sheet.FieldSupporting)
		im.summary.Unused = append(im.summary.Unused, column)
		im.Say("not set: %s: each AHSN reports itself whom it supported; "+
			"--supported-in CYCLE does so for this region's own rows", cli.Printable(column))
	}
	return rows, nil
}

// readStart notes the registry's number. It tells what this run adds from what an earlier run of
// the same import added.
func (im *importer) readStart(ctx context.Context) error {
	if im.dryRun {
		return nil
	}
	r, err := im.client.Get(ctx, "/organisations", url.Values{"limit": {"1"}, "consistency": {"linearizable"}})
	if err != nil {
		return err
	}
	if im.started, err = strconv.ParseUint(r.Header.Get("Tracker-Index"), 10, 64); err != nil {
		return fmt.Errorf("read the registry's number: %w", err)
	}
	return nil
}

func (im *importer) openRejects(path string) (func(), error) {
	if cli.SameFile(path, im.path) {
		return nil, &cli.UsageError{Text: "--rejects names the list itself", Command: "tracker import organisations"}
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write the refused rows: %w", err)
	}
	im.rejects = sheet.NewWriter(f)

	// The file can be imported again: an import ignores the three columns added in front.
	im.rejects.Row(append([]string{"Row", "Line", "Problem"}, im.header...)...)
	return func() { _ = f.Close() }, nil // the rows have been flushed by then, and that error returned
}

// send reads the file again and sends it in batches.
func (im *importer) send(ctx context.Context) error {
	list, mapping, file, err := im.open()
	if err != nil {
		return cli.FileFault(err)
	}
	defer file.Close()

	for row, err := range list.Rows() {
		if err != nil {
			return fmt.Errorf("%w. The file changed while it was imported: %s", err, im.resume())
		}
		im.take(mapping, row)
		if len(im.pending) == importBatch {
			if err := im.sendBatch(ctx); err != nil {
				return err
			}
		}
	}

	if err := im.sendBatch(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{im.sendMerges, im.sendSupported} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("%w %s", err, im.resume())
		}
	}
	return nil
}

// take reads one row and puts it into the batch, or among the refused rows.
func (im *importer) take(mapping sheet.Mapping, row sheet.Row) {
	im.summary.Rows++
	if im.bar != nil {
		_ = im.bar.Add(1)
	}

	listed, problems := mapping.Listed(row)
	organisation := listed.New
	if im.workbook != nil {
		problems = append(problems, im.workbook.read(row)...)
	}

	// A row with a refused cell is left out whole, so that no half-read organisation is registered.
	if sheet.AnyRefused(problems) {
		im.summary.Refused++
		for _, p := range problems {
			im.problem(row, p, nil)
		}
		return
	}

	if im.stands(row, organisation.Identifiers) {
		return
	}
	for _, p := range problems {
		im.problem(row, p, nil)
	}
	im.pending = append(im.pending, importRow{row: row, new: organisation, listed: listed})
}

// stands reports whether an earlier row has one of the identifiers. If so, it counts the row.
func (im *importer) stands(row sheet.Row, ids []survey.Identifier) bool {
	for _, id := range ids {
		first, again := im.seen[id]
		// A workbook has a row for every region that surveyed a company.
		if again && im.workbook != nil {
			im.summary.Known++
			im.workbook.about(row, id)
			return true
		}
		if again {
			im.summary.Repeated++
			text := fmt.Sprintf("%s stands in row %d too: only the first is taken", id, first)
			im.problem(row, problemAt(row, sheet.Refused, text), nil)
			return true
		}
	}

	for _, id := range ids {
		im.seen[id] = row.Number
	}
	return false
}
