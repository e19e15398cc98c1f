package api

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// PublicTables makes tables for the public, with primary and secondary
// suppression. Without a breakdown a table has the nation and its regions, or
// the nation's rounded figure until all is final. Reconciliation is a metric's
// restated series beside the published one.
type PublicTables interface {
	PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error)
	Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error)
}

const (
	// firstPublished is the first cycle of which anything was published.
	firstPublished = survey.Cycle("2018-19")
	// defaultMetric is the metric of public tables that name none.
	defaultMetric = "investment_leveraged"
)

type (
	getPublicTable struct {
		Cycle string `query:"cycle" required:"true" maxLength:"16" example:"2021-22"`

		Metric string `query:"metric" maxLength:"64" example:"investment_leveraged" doc:"investment_leveraged if it is left out"`

		By string `query:"by" enum:"sector,size,stage,support" doc:"Columns; the rows are the regions. Left out: the nation and the regions alone, and before all is final the nation's rounded figure"`
	}
	publicTableRead   struct{ Body survey.PublicTable }
	getReconciliation struct {
		Metric string `query:"metric" required:"true" maxLength:"64" example:"investment_leveraged"`
		From   string `query:"from" maxLength:"16" doc:"First cycle of the sums" example:"2018-19"`
	}
	reconciliationRead struct{ Body survey.Reconciliation }
)

// publicTableHandlers answer tables for the public, also as files.
type publicTableHandlers struct{ tables PublicTables }

func (h publicTableHandlers) get(_ context.Context, in *getPublicTable) (*publicTableRead, error) {
	table, err := h.table(in.Cycle, in.Metric, in.By)
	if err != nil {
		return nil, err
	}
	return &publicTableRead{Body: table}, nil
}

func (h publicTableHandlers) table(cycle, metric, by string) (survey.PublicTable, error) {
	parsed, err := parseCycle("query.cycle", cycle)
	if err != nil {
		return survey.PublicTable{}, err
	}

	return h.tables.PublicTable(parsed, cmp.Or(metric, defaultMetric), survey.Dimension(by))
}

func (h publicTableHandlers) reconciliation(_ context.Context, in *getReconciliation) (*reconciliationRead, error) {
	from, err := optional(parseCycle, "query.from", in.From)
	if err != nil {
		return nil, err
	}

	series, err := h.tables.Reconciliation(in.Metric, cmp.Or(from, firstPublished))
	if err != nil {
		return nil, err
	}
	return &reconciliationRead{Body: series}, nil
}

// publicQuery are the parameters of a public table as a file.
var publicQuery = [][2]string{
	{"cycle", "the cycle reported on"},
	{"metric", "investment_leveraged if it is left out"},
	{"by", "sector, size, stage or support; regions alone if it is left out"},
}

// file returns the handler of a public table as a list. Every row says that it
// is public and of which revision, so that a row that is cut out still does.
func (h publicTableHandlers) file(format sheet.Format, content, extension string) fileHandler {
	return func(w http.ResponseWriter, r *http.Request) error {
		query := r.URL.Query()
		table, err := h.table(query.Get("cycle"), query.Get("metric"), query.Get("by"))
		if err != nil {
			return err
		}

		name := fmt.Sprintf("public-%s-%s.%s", table.Cycle, table.Metric, extension)
		return writePublic(&firstWrite{to: w, content: content, name: name}, format, table)
	}
}

// publicColumns are the columns of the list. Money is pence and posts are
// hundredths, as in all lists for programs; a suppressed figure is blank.
func publicColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "CIRCLE"}, {Name: "EDITION", Width: 24}, {Name: "CYCLE"}, {Name: "METRIC", Width: 24},
		{Name: "REGION"}, {Name: "NAME", Width: 40}, {Name: "KEY"}, {Name: "VALUE", Number: true, Width: 16},
		{Name: "UNIT"}, {Name: "STATUS"}, {Name: "QUALIFIER"}, {Name: "CONTRIBUTORS", Number: true},
		{Name: "REASON", Width: 60},
	}
}

// publicRows returns the nation's figures, then each region's, then the
// regions' own sums.
func publicRows(t survey.PublicTable) [][]string {
	state := "final, not certified"
	switch {
	case t.Provisional:
		state = "provisional, rounded"
	case t.Revision >= 0:
		state = fmt.Sprintf("certified, revision %d", t.Revision)
	}

	var rows [][]string
	add := func(region, name, key string, f survey.Figure) {
		value, contributors := "", ""
		if !f.Absent() {
			value, contributors = strconv.FormatInt(f.Value, 10), strconv.FormatInt(f.Contributors, 10)
		}
		rows = append(rows, []string{"public", state, string(t.Cycle), t.Metric, region, name, key, value,
			string(f.Unit), string(f.Status), string(f.Qualifier), contributors, f.Reason})
	}

	for k, f := range t.Nation {
		add("", "England", t.Keys[k].Code, f)
	}
	for _, row := range t.Rows {
		for k, f := range row.Figures {
			add(row.Key, row.Label, t.Keys[k].Code, f)
		}
	}
	for i, f := range t.Totals {
		add(t.Rows[i].Key, t.Rows[i].Label, survey.PublicWhole, f)
	}
	return rows
}

func writePublic(w io.Writer, format sheet.Format, t survey.PublicTable) error {
	columns := publicColumns()
	if format == sheet.XLSX {
		// A workbook is written at the end, since its index comes last.
		book, err := sheet.NewBook(columns)
		if err != nil {
			return fmt.Errorf("public table: %w", err)
		}
		for _, row := range publicRows(t) {
			book.Row(row...)
		}
		if _, err := book.WriteTo(w); err != nil {
			return fmt.Errorf("public table: %w", err)
		}
		return nil
	}

	out := sheet.NewWriter(w)
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	out.Row(header...)
	for _, row := range publicRows(t) {
		out.Row(row...)
	}
	return out.Flush()
}
