package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/store/survey"
)

//go:embed templates
var templateFiles embed.FS

// page is what the layout of every page needs. Content is the page's own.
type page struct {
	Title   string
	Section string // of the navigation
	Visitor visitor
	Region  survey.Region
	Faults  []fault
	Key     string // of the forms on the page: the same form sent twice is done once
	Path    string // where this page is, for links that change one thing
	Content any
	Public  bool // one of the companies' form
	status  int
}

// fault is what is wrong with one field of a form: the id of its element and
// what to do.
type fault struct{ Field, Message string }

// FaultOf returns the message for a field, "" if it is in order.
func (p page) FaultOf(field string) string {
	for _, f := range p.Faults {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}

// SignedIn reports whether somebody is signed in.
func (p page) SignedIn() bool { return p.Visitor.Actor != 0 }

// sections says to which part of the navigation a page belongs, by the first
// segment of its path.
var sections = map[string]string{"national": "national", "campaigns": "national", "region": "region", "companies": "companies", "claims": "claims", "links": "links", "returned": "links"}

type pages struct {
	byName map[string]*template.Template
}

// newPages parses the layout and parts once for each page.
func newPages(s *Site) (*pages, error) {
	base, err := template.New("").Funcs(s.functions()).ParseFS(templateFiles, "templates/layout/*.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{byName: map[string]*template.Template{}}
	for _, name := range names {
		t, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if t, err = t.ParseFS(templateFiles, name); err != nil {
			return nil, err
		}
		p.byName[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return p, nil
}

// render answers with a page.
func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, name, title string, content any) {
	s.renderFaulty(w, r, status, name, title, content, nil)
}

// renderFaulty answers with a page that names what is wrong with its form.
func (s *Site) renderFaulty(w http.ResponseWriter, r *http.Request, status int, name, title string, content any, faults []fault) {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	p := page{Title: title, Section: sections[first], Visitor: visitorOf(r), Region: s.region, Faults: faults, Key: newKey(),
		Path: r.URL.Path, Content: content, Public: ofCompany(r), status: status}
	s.write(w, r, p, name, "layout")
}

// renderPart answers with a part of a page, for the script that searches as
// one types.
func (s *Site) renderPart(w http.ResponseWriter, r *http.Request, name, part string, content any) {
	s.write(w, r, page{Visitor: visitorOf(r), Region: s.region, Content: content, Key: newKey(), status: http.StatusOK}, name, part)
}

func (s *Site) write(w http.ResponseWriter, r *http.Request, p page, name, part string) {
	var out bytes.Buffer
	t, known := s.pages.byName[name]
	err := errors.New("there is no such template")
	if known {
		err = t.ExecuteTemplate(&out, part, p)
	}
	if err != nil {
		s.log.Error("a page cannot be made", "page", name, "error", err)
		secureAgain(w)
		http.Error(w, "Something went wrong inside the node. Its log says what.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.status)
	_, _ = w.Write(out.Bytes()) // the browser is gone if this fails
}

func secureAgain(w http.ResponseWriter) { w.Header().Del("Content-Encoding") }

// newKey returns the key of one form.
func newKey() string { return uuid.NewString() }

// functions are what the templates call.
func (s *Site) functions() template.FuncMap {
	return template.FuncMap{
		"asset": s.static.address, "when": s.when, "day": s.day, "ago": s.ago, "date": dateWords, "policy": policyWords, "current": currentTerms, "open": s.openWords, "lapses": s.lapseWords, "term": termWords, "delivery": deliveryTag, "sentence": sentence,
		"region": func(r survey.Region) string { return r.Name() },
		"state":  stateOf, "count": func(n int) string { return survey.UnitCount.Amount(int64(n)) },
		"count64": survey.UnitCount.Amount, "percent": survey.UnitBasisPoints.Amount,
		"reason": reasonWords, "sector": func(x survey.Sector) string { return labelOf(survey.BySector, string(x)) },
		"size": func(x survey.SizeBand) string { return labelOf(survey.BySize, string(x)) },
		"kind": kindWords, "plural": plural, "sum": func(a, b int) int { return a + b },
		"sharingQuestion": func() string { return survey.SharingQuestion },
		"minus":           func(n int64) int64 { return -n },
		"dict":            dict, "class": class, "lower": lowerFirst,
	}
}

// dict makes the value that a part of a template gets from names and values in
// turn.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("a name lacks its value")
	}
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v is not a name", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// class joins the classes that apply: each name is followed by whether.
func class(pairs ...any) string {
	var names []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if on, _ := pairs[i+1].(bool); on {
			names = append(names, fmt.Sprint(pairs[i]))
		}
	}
	return strings.Join(names, " ")
}
