package api

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Exporter writes this region's lists, and the form of one company as a
// workbook.
type Exporter interface {
	ExportIn(ctx context.Context, area, name string, cycle survey.Cycle, format sheet.Format, w io.Writer) error
	Form(ctx context.Context, cycle survey.Cycle, id survey.Identifier, w io.Writer) error
}

var exportQuery = [][2]string{
	{"cycle", "needed for claims, responses, mailing, template and supported"},
	{"area", "only rows about organisations in this area: an ICB's or a LEP's code, one of the region's own, " +
		"or a name of its list"},
	{"bom", "true: CSV with the mark that Excel needs"},
}

// exportHandlers answer lists as files.
type exportHandlers struct {
	organisations organisationFinder
	exporter      Exporter
	areas         areaNames
}

func (h exportHandlers) list(w http.ResponseWriter, r *http.Request) error {
	name, extension, _ := strings.Cut(r.PathValue("file"), ".")
	format, content := sheet.CSV, csvContent
	switch extension {
	case "csv":
		bom, err := queryBool(r, "bom")
		if err != nil {
			return err
		}
		if bom {
			format = sheet.CSVBOM
		}
	case "xlsx":
		format, content = sheet.XLSX, workbookContent
	default:
		// To the caller, a file of another format is a path that does not exist.
		return newProblem(codeNoRoute, "")
	}

	cycle, err := optional(parseCycle, "query.cycle", r.URL.Query().Get("cycle"))
	if err != nil {
		return err
	}
	if cycle == "" && slices.Contains([]string{"claims", "responses", "mailing", "template", "supported"}, name) {
		return invalidField("query.cycle", "say for which cycle")
	}

	area, err := h.areas.parse("query.area", r.URL.Query().Get("area"))
	if err != nil {
		return err
	}

	out := &firstWrite{to: w, content: content, name: name + "." + extension}
	return h.exporter.ExportIn(r.Context(), area, name, cycle, format, out)
}

func (h exportHandlers) form(w http.ResponseWriter, r *http.Request) error {
	cycle, id, err := claimPathOf(r).parse()
	if err != nil {
		return err
	}

	out := &firstWrite{to: w, content: workbookContent, name: "form.xlsx"}
	return h.exporter.Form(r.Context(), cycle, mainIdentifier(h.organisations, id), out)
}
