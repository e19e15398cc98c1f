package intake

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Lists are what exports are made of: *store.Store and the registry have it.
type Lists interface {
	Records(filter store.RecordFilter, after string, limit int) (records []survey.Record, next string, err error)
	Responses(cycle survey.Cycle, after survey.Identifier, limit int) (responses []survey.Response, next survey.Identifier, err error)
	Supported(survey.Cycle) ([]survey.Identifier, error)
	SharedWithUs(survey.Cycle) ([]store.SharedCopy, error)
	OrganisationsIn(area string) ([]survey.Identifier, error)
}

// Nation is this node's copy of the registry.
type Nation interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	Organisations(after string, limit int) (organisations []survey.Organisation, next string)
	MergedOrganisations(after string, limit int) (organisations []survey.Organisation, next string)
	Claims(filter survey.ClaimFilter, after string, limit int) (claims []survey.Claim, next string)
	Campaign(survey.Cycle) (survey.Campaign, error)
}

// Exporter writes lists. It holds nothing and may be used by many at a time.
type Exporter struct {
	Region survey.Region
	Lists  Lists
	Nation Nation
	// Editions are the questionnaires that this node knows; nil: the
	// software's.
	Editions *survey.Editions
}

// Names of the lists that are no kind of record.
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
	names := []string{ExportOrganisations, ExportClaims, ExportResponses, ExportMailing, ExportTemplate, ExportSupported}
	for _, kind := range survey.RecordKinds() {
		names = append(names, string(kind))
	}
	return names
}

// page is how many rows are read at a time.
const page = 1000

// rowWriter takes the rows of a list, header first.
type rowWriter interface{ Row(cells ...string) }

// Export writes the list of that name: of the cycle if one is given; answers,
// their template, claims and the mailing list need one. CSV cells that a spreadsheet would
// take for a formula are escaped; a workbook holds texts as texts and numbers
// as numbers. A list of records, changed and imported again, changes those
// very records. The error wraps survey.ErrNotFound for an unknown name and
// survey.ErrInvalid for a missing cycle; both come before anything is written.
func (e Exporter) Export(ctx context.Context, name string, cycle survey.Cycle, format sheet.Format, w io.Writer) error {
	return e.ExportIn(ctx, "", name, cycle, format, w)
}

// ExportIn is Export of the rows about organisations in an area, by its code;
// all rows if that is empty. A list that is not about organisations has none:
// that is survey.ErrInvalid.
func (e Exporter) ExportIn(ctx context.Context, area, name string, cycle survey.Cycle, format sheet.Format, w io.Writer) error {
	columns, rows, err := e.list(ctx, name, cycle)
	if err == nil && area != "" {
		rows, err = e.inArea(area, columns, rows)
	}
	if err != nil {
		return fmt.Errorf("export %s: %w", name, err)
	}
	return writeList("export "+name, columns, format, w, rows)
}

// writeList writes a list in the format; doing words its errors.
func writeList(doing string, columns []sheet.Column, format sheet.Format, w io.Writer, rows func(rowWriter) error) error {
	if format == sheet.XLSX {
		book, err := sheet.NewBook(columns)
		if err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		rowsErr := rows(book)
		if _, err := book.WriteTo(w); err != nil || rowsErr != nil {
			return fmt.Errorf("%s: %w", doing, firstError(rowsErr, err))
		}
		return nil
	}
	if format == sheet.CSVBOM {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	out := sheet.NewWriter(w)
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	out.Row(header...)
	rowsErr := rows(out)
	if err := out.Flush(); err != nil || rowsErr != nil {
		return fmt.Errorf("%s: %w", doing, firstError(rowsErr, err))
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// list returns the columns of a list and what writes its rows.
func (e Exporter) list(ctx context.Context, name string, cycle survey.Cycle) ([]sheet.Column, func(rowWriter) error, error) {
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
		return nil, nil, fmt.Errorf("%w: say for which cycle", survey.ErrInvalid)
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

// eachRecord calls do with every record of a kind that is not deleted.
func (e Exporter) eachRecord(ctx context.Context, filter store.RecordFilter, do func(survey.Record)) error {
	for after := ""; ; {
		records, next, err := e.Lists.Records(filter, after, page)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		for _, r := range records {
			do(r)
		}
		if after = next; next == "" {
			return nil
		}
	}
}

func (e Exporter) records(ctx context.Context, kind survey.RecordType, cycle survey.Cycle) ([]sheet.Column, func(rowWriter) error, error) {
	filter := store.RecordFilter{Kind: kind.Kind}
	if _, yearly := kind.Field("cycle"); yearly {
		filter.Cycle = cycle
	}
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
		number := f.Kind == survey.FieldCount || f.Kind == survey.FieldMoney || f.Kind == survey.FieldFTE || f.Kind == survey.FieldDecimal
		columns = append(columns, sheet.Column{Name: f.Name, Number: number})
	}
	for _, v := range (survey.Record{Kind: kind.Kind}).Computed() {
		name := v.Field
		if kinds[name] = survey.FieldYesNo; v.Text != "" {
			kinds[name] = survey.FieldText
		}
		columns = append(columns, sheet.Column{Name: name})
	}
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

func (e Exporter) name(id survey.Identifier) string {
	o, err := e.Nation.Organisation(id)
	if err != nil {
		return ""
	}
	return o.Name
}

func (e Exporter) eachClaim(ctx context.Context, filter survey.ClaimFilter, do func(survey.Claim)) error {
	for after := ""; ; {
		claims, next := e.Nation.Claims(filter, after, page)
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, c := range claims {
			do(c)
		}
		if after = next; next == "" {
			return nil
		}
	}
}

func (e Exporter) claims(ctx context.Context, cycle survey.Cycle) ([]sheet.Column, func(rowWriter) error, error) {
	columns := texts("Organisation", "Company name", "Cycle", "Held by", "State", "Reason", "Claimed at", "Changed at", "Offered to")
	return columns, func(out rowWriter) error {
		return e.eachClaim(ctx, survey.ClaimFilter{Cycle: cycle}, func(c survey.Claim) {
			out.Row(string(c.Organisation), e.name(c.Organisation), string(c.Cycle), string(c.Region), string(c.State), string(c.Reason),
				stamp(c.ClaimedAt), stamp(c.ChangedAt), string(c.OfferedTo))
		})
	}, nil
}
