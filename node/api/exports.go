package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Exporter writes this region's lists: intake.Exporter does.
type Exporter interface {
	ExportIn(ctx context.Context, area, name string, cycle survey.Cycle, format sheet.Format, w io.Writer) error
	Form(ctx context.Context, cycle survey.Cycle, id survey.Identifier, w io.Writer) error
}

const workbookContent = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Eraser shows and removes what is kept about somebody, and rewrites the file:
// store.Privacy does.
type Eraser interface {
	Subject(ctx context.Context, id survey.Identifier, contact string) (store.Subject, error)
	Erase(ctx context.Context, kind survey.RecordKind, id string, actor uint64, at time.Time) error
	EraseOrganisation(ctx context.Context, id survey.Identifier, actor uint64, at time.Time) (int, error)
	Overdue(ctx context.Context, now time.Time) ([]store.Overdue, error)
	EraseOverdue(ctx context.Context, now time.Time, actor uint64) ([]store.Overdue, error)
	Compact(context.Context) (store.Compacted, error)
}

type (
	compacted struct{ Body store.Compacted }
	subjectOf struct {
		Organisation string `query:"organisation" maxLength:"80" doc:"Everything about this organisation"`
		Contact      string `query:"contact" maxLength:"36" doc:"Everything about this contact, by its id"`
	}
	subjectRead        struct{ Body store.Subject }
	organisationErased struct {
		ID string `path:"id" maxLength:"80" doc:"Any identifier or alias"`
	}
	erasedAll struct {
		Body struct {
			Erased int `json:"erased"`
		}
	}
)

func (s *server) exportRoutes() []route {
	routes := []route{
		stream(get, "/exports/{file}", adviser, records, "A list as NAME.csv or NAME.xlsx: organisations, claims, responses, mailing, template (of answers, to fill in), supported, or a kind of record", "application/octet-stream",
			[][2]string{{"cycle", "needed for claims, responses, mailing, template and supported"}, {"area", "only rows about organisations in this area: an ICB's or a LEP's code, one of the region's own, or a name of its list"}, {"bom", "true: CSV with the mark that Excel needs"}}, s.export),
		stream(get, "/campaigns/{cycle}/responses/{organisation}/form.xlsx", adviser, records, "A company's form to fill in, as a workbook that responses are imported from", workbookContent, nil, s.form),
		on(get, "/subject", lead, records, "Everything that is kept about one organisation or contact, for a person who asks", s.subject),
		on(post, "/organisations/{id}/erase", lead, records, "Remove everything that this region keeps about an organisation, for good; the registry keeps its entry", s.eraseOrganisation),
		on(post, "/compact", administrator, node, "Rewrite the records file without what is no longer used", s.compact),
	}
	for _, kind := range survey.RecordKinds() {
		routes = append(routes, on(post, "/"+string(kind)+"/{id}/erase", lead, records, "Remove a record with its history, for good", s.erase(kind), http.StatusNoContent))
	}
	return append(routes, s.retentionRoutes()...)
}

func (s *server) export(w http.ResponseWriter, r *http.Request) error {
	name, extension, _ := strings.Cut(r.PathValue("file"), ".")
	format, content := sheet.CSV, csvContent
	switch extension {
	case "csv":
		if text := r.URL.Query().Get("bom"); text != "" {
			bom, err := strconv.ParseBool(text)
			if err != nil {
				return invalidField("query.bom", "use true or false")
			}
			if bom {
				format = sheet.CSVBOM
			}
		}
	case "xlsx":
		format, content = sheet.XLSX, workbookContent
	default:
		return newProblem(codeNoRoute, "")
	}
	var cycle survey.Cycle
	if text := r.URL.Query().Get("cycle"); text != "" {
		var err error
		if cycle, err = parseCycle("query.cycle", text); err != nil {
			return err
		}
	}
	if cycle == "" && slices.Contains([]string{"claims", "responses", "mailing", "template", "supported"}, name) {
		return invalidField("query.cycle", "say for which cycle")
	}
	area, err := s.parseArea("query.area", r.URL.Query().Get("area"))
	if err != nil {
		return err
	}
	at := &firstWrite{to: w, begin: func() { download(w, content, name+"."+extension) }}
	return s.exporter.ExportIn(r.Context(), area, name, cycle, format, at)
}

func (s *server) form(w http.ResponseWriter, r *http.Request) error {
	path := ClaimPath{CyclePath: CyclePath{Cycle: r.PathValue("cycle")}, Organisation: r.PathValue("organisation")}
	cycle, id, err := path.parse()
	if err != nil {
		return err
	}
	if o, err := s.registry.Organisation(id); err == nil {
		id = o.ID
	}
	return s.exporter.Form(r.Context(), cycle, id, &firstWrite{to: w, begin: func() { download(w, workbookContent, "form.xlsx") }})
}

// firstWrite sets the headers when there is something to send, so that an
// error before it is still a problem.
type firstWrite struct {
	to    io.Writer
	begin func()
	begun bool
}

// Write implements io.Writer.
func (f *firstWrite) Write(p []byte) (int, error) {
	if !f.begun {
		f.begin()
		f.begun = true
	}
	return f.to.Write(p)
}

func (s *server) subject(ctx context.Context, in *subjectOf) (*subjectRead, error) {
	if (in.Organisation == "") == (in.Contact == "") {
		return nil, invalidField("query.organisation", "name an organisation or a contact")
	}
	var id survey.Identifier
	if in.Organisation != "" {
		var err error
		if id, err = parseIdentifier("query.organisation", in.Organisation); err != nil {
			return nil, err
		}
		if o, err := s.registry.Organisation(id); err == nil {
			id = o.ID
		}
	}
	subject, err := s.eraser.Subject(ctx, id, in.Contact)
	if err != nil {
		return nil, err
	}
	if err := s.openCopies(subject.Shared); err != nil {
		return nil, err
	}
	return &subjectRead{Body: subject}, nil
}

// openCopies puts in what other regions' copies say, where this node can open
// them.
func (s *server) openCopies(copies []survey.SharedResponse) error {
	known := map[survey.Cycle][]survey.SharedResponse{}
	for i, c := range copies {
		if known[c.Cycle] == nil {
			shared, err := s.responses.Shared(c.Cycle)
			if err != nil {
				return err
			}
			known[c.Cycle] = shared
		}
		for _, opened := range known[c.Cycle] {
			if opened.Organisation == c.Organisation && opened.From == c.From {
				copies[i] = opened
			}
		}
	}
	return nil
}

func (s *server) erase(kind survey.RecordKind) func(context.Context, *RecordPath) (*nothingToSay, error) {
	return func(ctx context.Context, in *RecordPath) (*nothingToSay, error) {
		if err := s.eraser.Erase(ctx, kind, in.ID, caller(ctx).Actor, time.Now()); err != nil {
			return nil, err
		}
		if err := s.imports.Forget(); err != nil {
			return nil, fmt.Errorf("forget the uploaded lists: %w", err)
		}
		return &nothingToSay{}, nil
	}
}

func (s *server) eraseOrganisation(ctx context.Context, in *organisationErased) (*erasedAll, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}
	if o, err := s.registry.Organisation(id); err == nil {
		id = o.ID
	}
	out := &erasedAll{}
	if out.Body.Erased, err = s.eraser.EraseOrganisation(ctx, id, caller(ctx).Actor, time.Now()); err != nil {
		return nil, err
	}
	if err := s.imports.Forget(); err != nil {
		return nil, fmt.Errorf("forget the uploaded lists: %w", err)
	}
	return out, nil
}

func (s *server) compact(ctx context.Context, _ *nothingAsked) (*compacted, error) {
	sizes, err := s.eraser.Compact(ctx)
	if err != nil {
		return nil, err
	}
	return &compacted{Body: sizes}, nil
}
