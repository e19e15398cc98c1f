package api

import (
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// publicQuery are the parameters of a public table as a file.
func publicQuery() [][2]string {
	return [][2]string{{"cycle", "the cycle reported on"}, {"metric", "investment_leveraged if it is left out"}, {"by", "sector, size, stage or support; regions alone if it is left out"}}
}

// publicFile answers a public table as a list: every row says that it is public
// and which edition it is of, so that a row cut out of it still says so.
func (s *server) publicFile(format sheet.Format, content, extension string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		query := r.URL.Query()
		cycle, err := parseCycle("query.cycle", query.Get("cycle"))
		if err != nil {
			return err
		}
		table, err := s.publicTable(cycle, query.Get("metric"), query.Get("by"))
		if err != nil {
			return err
		}
		at := &firstWrite{to: w, begin: func() { download(w, content, fmt.Sprintf("public-%s-%s.%s", cycle, table.Metric, extension)) }}
		return writePublic(at, format, table)
	}
}

// publicColumns are those of the list. Money is pence and posts are hundredths,
// as everywhere in lists for programs; a figure that is not shown is blank.
func publicColumns() []sheet.Column {
	return []sheet.Column{{Name: "CIRCLE"}, {Name: "EDITION", Width: 24}, {Name: "CYCLE"}, {Name: "METRIC", Width: 24}, {Name: "REGION"}, {Name: "NAME", Width: 40},
		{Name: "KEY"}, {Name: "VALUE", Number: true, Width: 16}, {Name: "UNIT"}, {Name: "STATUS"}, {Name: "QUALIFIER"}, {Name: "CONTRIBUTORS", Number: true}, {Name: "REASON", Width: 60}}
}

// publicRows are the nation's figures, then each region's, then the regions' own
// sums.
func publicRows(t survey.PublicTable) [][]string {
	edition := "final, not certified"
	switch {
	case t.Provisional:
		edition = "provisional, rounded"
	case t.Revision >= 0:
		edition = fmt.Sprintf("certified, revision %d", t.Revision)
	}
	var rows [][]string
	add := func(region, name, key string, f survey.Figure) {
		value, contributors := "", ""
		if !f.Absent() {
			value, contributors = strconv.FormatInt(f.Value, 10), strconv.FormatInt(f.Contributors, 10)
		}
		rows = append(rows, []string{"public", edition, string(t.Cycle), t.Metric, region, name, key, value, string(f.Unit), string(f.Status), string(f.Qualifier), contributors, f.Reason})
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
