package intake

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// ExportRecords are the region's own records, as exports need them. *store.Store
// implements it.
type ExportRecords interface {
	Records(filter store.RecordFilter, after string, limit int) (records []survey.Record, next string, err error)
	Responses(cycle survey.Cycle, after survey.Identifier, limit int) ([]survey.Response, survey.Identifier, error)
	Supported(survey.Cycle) ([]survey.Identifier, error)
	SharedWithUs(survey.Cycle) ([]store.SharedCopy, error)
	OrganisationsIn(area string) ([]survey.Identifier, error)
}

// ExportRegistry is this node's copy of the registry, as exports need it.
type ExportRegistry interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	Organisations(after string, limit int) (organisations []survey.Organisation, next string)
	MergedOrganisations(after string, limit int) (organisations []survey.Organisation, next string)
	Claims(filter survey.ClaimFilter, after string, limit int) (claims []survey.Claim, next string)
	Campaign(survey.Cycle) (survey.Campaign, error)
}

// Exporter writes lists. It keeps no state, so any number of goroutines may use
// it at the same time.
type Exporter struct {
	Region   survey.Region
	Records  ExportRecords
	Registry ExportRegistry
	// Editions are the questionnaires that this node knows; nil: the
	// software's.
	Editions *survey.Editions
}

// Names of the lists other than the kinds of record.
const (
	ExportResponses     = "responses"
	ExportOrganisations = "organisations"
	ExportClaims        = "claims"
	ExportMailing       = "mailing"
	ExportTemplate      = "template"
	ExportSupported     = "supported"
)

// Exports returns the name of every list.
func Exports() []string {
	names := []string{ExportOrganisations, ExportClaims, ExportResponses, ExportMailing, ExportTemplate,
		ExportSupported}
	for _, kind := range survey.RecordKinds() {
		names = append(names, string(kind))
	}
	return names
}

// pageRows is how many rows are read at a time.
const pageRows = 1000

// rowWriter takes the rows of a list, header first.
type rowWriter interface{ Row(cells ...string) }

// Export writes the list with that name, for the cycle if one is given. Every
// list but those of organisations and of records needs a cycle. CSV cells that
// a spreadsheet would take for a formula are escaped; a workbook holds texts as
// texts and numbers as numbers. When a person edits a list of records and
// imports it again, those same records change. The error wraps
// survey.ErrNotFound for an unknown name and survey.ErrInvalid for a missing
// cycle; in both cases nothing has been written.
func (e Exporter) Export(ctx context.Context, name string, cycle survey.Cycle, format sheet.Format, w io.Writer) error {
	return e.ExportIn(ctx, "", name, cycle, format, w)
}

// ExportIn writes only the rows about organisations in the area with that code,
// or every row if the code is empty. The error wraps survey.ErrInvalid for a
// list that is not about organisations.
func (e Exporter) ExportIn(ctx context.Context, area, name string, cycle survey.Cycle, format sheet.Format,
	w io.Writer) error {
	columns, rows, err := e.list(ctx, name, cycle)
	if err == nil && area != "" {
		rows, err = e.inArea(area, columns, rows)
	}
	if err != nil {
		return fmt.Errorf("export %s: %w", name, err)
	}
	return writeList("export "+name, columns, format, w, rows)
}

// writeList writes a list in the format. Its errors begin with doing.
func writeList(doing string, columns []sheet.Column, format sheet.Format, w io.Writer, rows writeRows) error {
	write := writeCSV
	if format == sheet.XLSX {
		write = writeBook
	}
	if format == sheet.CSVBOM {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	if err := write(columns, w, rows); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

func writeBook(columns []sheet.Column, w io.Writer, rows writeRows) error {
	book, err := sheet.NewBook(columns)
	if err != nil {
		return err
	}

	// WriteTo also closes the book's file, so it is called after an error too.
	rowsErr := rows(book)
	_, err = book.WriteTo(w)
	return cmp.Or(rowsErr, err)
}

func writeCSV(columns []sheet.Column, w io.Writer, rows writeRows) error {
	out := sheet.NewWriter(w)
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	out.Row(header...)

	rowsErr := rows(out)
	return cmp.Or(rowsErr, out.Flush())
}

// writeRows writes the rows of a list.
type writeRows func(rowWriter) error

// list returns the columns of a list and the function that writes its rows.
func (e Exporter) list(ctx context.Context, name string, cycle survey.Cycle) ([]sheet.Column, writeRows, error) {
	if kind, err := e.Editions.RecordType(survey.RecordKind(name)); err == nil {
		return e.records(ctx, kind, cycle)
	}
	if !slices.Contains(Exports(), name) {
		return nil, nil, fmt.Errorf("%w: use one of %s", survey.ErrNotFound, strings.Join(Exports(), ", "))
	}
	if name == ExportOrganisations {
		return e.organisations(ctx)
	}
	if cycle == "" {
		return nil, nil, survey.Invalid("say for which cycle")
	}

	switch name {
	case ExportClaims:
		return e.claims(ctx, cycle)
	case ExportMailing:
		return e.mailing(ctx, cycle)
	case ExportSupported:
		return e.supported(ctx, cycle)
	case ExportTemplate:
		return e.template(ctx, cycle)
	}
	return e.responses(ctx, cycle)
}

func texts(names ...string) []sheet.Column {
	columns := make([]sheet.Column, len(names))
	for i, name := range names {
		columns[i] = sheet.Column{Name: name}
	}
	return columns
}

// eachPaged calls do with every item of a list that is read page by page,
// until the list or ctx ends.
func eachPaged[T any, K ~string](ctx context.Context, read func(after K) ([]T, K, error), do func(T)) error {
	for after := K(""); ; {
		items, next, err := read(after)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		for _, item := range items {
			do(item)
		}
		if after = next; next == "" {
			return nil
		}
	}
}

// eachRecord calls do with every record that the filter lets through and that
// is not deleted.
func (e Exporter) eachRecord(ctx context.Context, filter store.RecordFilter, do func(survey.Record)) error {
	return eachPaged(ctx, func(after string) ([]survey.Record, string, error) {
		return e.Records.Records(filter, after, pageRows)
	}, do)
}

// numberKinds are the kinds of fields whose values are written as numbers.
var numberKinds = []survey.FieldKind{survey.FieldCount, survey.FieldMoney, survey.FieldFTE, survey.FieldDecimal}

// records lists one kind of record: its fields, the values that are computed
// from them and the region's own fields.
func (e Exporter) records(ctx context.Context, kind survey.RecordType, cycle survey.Cycle) (
	[]sheet.Column, writeRows, error) {
	filter := store.RecordFilter{Kind: kind.Kind}
	if _, yearly := kind.Field("cycle"); yearly {
		filter.Cycle = cycle
	}

	// A region's own fields are known only from the records that have them.
	own := map[string]bool{}
	err := e.eachRecord(ctx, filter, func(r survey.Record) {
		for _, v := range r.Values {
			if strings.Contains(v.Field, ".") {
				own[v.Field] = true
			}
		}
	})
	if err != nil {
		return nil, nil, err
	}

	columns := texts(sheet.RecordColumn)
	kinds := map[string]survey.FieldKind{}
	for _, f := range kind.Fields {
		kinds[f.Name] = f.Kind
		columns = append(columns, sheet.Column{Name: f.Name, Number: slices.Contains(numberKinds, f.Kind)})
	}
	for _, v := range (survey.Record{Kind: kind.Kind}).Computed() {
		name := v.Field
		if kinds[name] = survey.FieldYesNo; v.Text != "" {
			kinds[name] = survey.FieldText
		}
		columns = append(columns, sheet.Column{Name: name})
	}

	// The order must not be that of a map: equal records give equal files.
	for name := range own {
		columns = append(columns, sheet.Column{Name: name})
	}
	fixed := len(columns) - len(own)
	slices.SortFunc(columns[fixed:], func(a, b sheet.Column) int { return strings.Compare(a.Name, b.Name) })

	return columns, func(out rowWriter) error {
		return e.eachRecord(ctx, filter, func(r survey.Record) {
			cells := make([]string, len(columns))
			cells[0] = r.ID
			for _, v := range append(slices.Clone(r.Values), r.Computed()...) {
				at := slices.IndexFunc(columns, func(c sheet.Column) bool { return c.Name == v.Field })
				if at > 0 {
					cells[at] = v.Cell(kinds[v.Field])
				}
			}
			out.Row(cells...)
		})
	}, nil
}

// name returns the organisation's name, or "" if the registry does not know it.
func (e Exporter) name(id survey.Identifier) string {
	o, err := e.Registry.Organisation(id)
	if err != nil {
		return ""
	}
	return o.Name
}

func (e Exporter) eachClaim(ctx context.Context, filter survey.ClaimFilter, do func(survey.Claim)) error {
	return eachPaged(ctx, func(after string) ([]survey.Claim, string, error) {
		claims, next := e.Registry.Claims(filter, after, pageRows)
		return claims, next, nil
	}, do)
}

func (e Exporter) claims(ctx context.Context, cycle survey.Cycle) ([]sheet.Column, writeRows, error) {
	columns := texts("Organisation", "Company name", "Cycle", "Held by", "State", "Reason", "Claimed at", "Changed at",
		"Offered to")
	return columns, func(out rowWriter) error {
		return e.eachClaim(ctx, survey.ClaimFilter{Cycle: cycle}, func(c survey.Claim) {
			out.Row(string(c.Organisation), e.name(c.Organisation), string(c.Cycle), string(c.Region), string(c.State),
				string(c.Reason), stamp(c.ClaimedAt), stamp(c.ChangedAt), string(c.OfferedTo))
		})
	}, nil
}
