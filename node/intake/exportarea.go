package intake

import (
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// areaRows passes on only the rows about certain organisations.
type areaRows struct {
	to     rowWriter
	column int
	in     map[string]bool
}

// Row implements rowWriter. A cell may hold several identifiers.
func (a areaRows) Row(cells ...string) {
	if slices.ContainsFunc(strings.Fields(cells[a.column]), func(id string) bool { return a.in[id] }) {
		a.to.Row(cells...)
	}
}

// inArea narrows a list to the organisations in an area.
func (e Exporter) inArea(area string, columns []sheet.Column, rows writeRows) (writeRows, error) {
	about := func(c sheet.Column) bool { return c.Name == "Identifier" || c.Name == "organisation" }
	column := slices.IndexFunc(columns, about)
	if column < 0 {
		return nil, survey.Invalid("this list is not about organisations: it has no area")
	}

	ids, err := e.Records.OrganisationsIn(area)
	if err != nil {
		return nil, err
	}
	in := make(map[string]bool, len(ids))
	for _, id := range ids {
		in[string(id)] = true
	}
	return func(out rowWriter) error { return rows(areaRows{to: out, column: column, in: in}) }, nil
}
