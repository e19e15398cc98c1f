// Package page makes the pages of the node: it has the layout, its
// static files, the words and dates that pages share, the questions of the
// survey as a form, and the pages that say that something went wrong. The
// staff's pages (node/web) and the companies' form (node/respond) stand on it.
//
// Start from [Shell], which makes a page of a template and its content.
//
// Imports node/middleware, store, store/boltfile, store/survey.
package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/store/survey"
)

//go:embed templates
var templateFiles embed.FS

// Options describe the pages of one surface. All but Now, Functions,
// Sections and Company are required.
type Options struct {
	Region survey.Region
	// Quorum says how many regions can be reached, without waiting for any.
	Quorum func() survey.Quorum
	// Templates are pages (*.html) and their common parts (parts/*.html).
	Templates fs.FS
	// Functions are those of the templates, beside those of every page.
	Functions func(Clock) template.FuncMap
	// Sections say to which part of the navigation a page belongs, by the first
	// segment of its path.
	Sections map[string]string
	// Company says that these are pages for companies, which see nothing but their
	// form.
	Company bool
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger
}

// Shell makes pages. It is safe for concurrent use.
type Shell struct {
	Clock
	Region survey.Region
	Log    *slog.Logger

	options Options
	pages   map[string]*template.Template
	static  *static
	packers *packers
}

// New returns the shell of a surface. It parses every template and fails if
// one is faulty.
func New(o Options) (*Shell, error) {
	clock, err := NewClock(o.Now)
	if err != nil {
		return nil, err
	}
	s := &Shell{Clock: clock, Region: o.Region, Log: o.Log, options: o, packers: newPackers(),
		pages: map[string]*template.Template{}}
	if s.static, err = newStatic(); err != nil {
		return nil, err
	}

	if err := s.parse(); err != nil {
		return nil, fmt.Errorf("parse the templates: %w", err)
	}
	return s, nil
}

// parse parses the layout and the parts once for each page.
func (s *Shell) parse() error {
	base := template.New("").Funcs(s.functions())
	if s.options.Functions != nil {
		base = base.Funcs(s.options.Functions(s.Clock))
	}
	base, err := base.ParseFS(templateFiles, "templates/layout/*.html")
	if err != nil {
		return err
	}

	// Not every surface has parts.
	if parts, _ := fs.Glob(s.options.Templates, "parts/*.html"); len(parts) > 0 {
		if base, err = base.ParseFS(s.options.Templates, "parts/*.html"); err != nil {
			return err
		}
	}

	// Each page has a copy of the base, since pages define blocks of the same names.
	for _, of := range []struct {
		files   fs.FS
		pattern string
	}{{templateFiles, "templates/*.html"}, {s.options.Templates, "*.html"}} {
		names, err := fs.Glob(of.files, of.pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			t, err := base.Clone()
			if err != nil {
				return err
			}
			if t, err = t.ParseFS(of.files, name); err != nil {
				return err
			}
			s.pages[strings.TrimSuffix(path.Base(name), ".html")] = t
		}
	}
	return nil
}

// layout is the data of the layout of every page. Content is the page's own.
type layout struct {
	Title   string
	Section string // of the navigation
	Visitor Visitor
	Region  survey.Region
	Faults  []Fault
	Key     string // of the forms on the page: the same form sent twice is done once
	Path    string // where this page is, for links that change one thing
	Content any
	Public  bool // one of the companies' form
	status  int
}

// Fault is a fault of one field of a form: the id of its element and how to correct it.
type Fault struct{ Field, Message string }

// FaultOf returns the message for a field, "" if it is in order.
func (p layout) FaultOf(field string) string {
	for _, f := range p.Faults {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}

// SignedIn reports whether somebody is signed in.
func (p layout) SignedIn() bool { return p.Visitor.Actor != 0 }

// Render answers with a page, which names the faults of its form if there are
// any. It returns an error before the answer has begun, or nil.
func (s *Shell) Render(w http.ResponseWriter, r *http.Request, status int, name, title string, content any,
	faults ...Fault) error {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return s.write(w, layout{Title: title, Section: s.options.Sections[first], Visitor: VisitorOf(r), Region: s.Region,
		Faults: faults, Key: NewKey(), Path: r.URL.Path, Content: content, Public: s.options.Company, status: status},
		name, "layout")
}

// RenderPart answers with a part of a page, for the script that searches while
// a person types.
func (s *Shell) RenderPart(w http.ResponseWriter, r *http.Request, name, part string, content any) error {
	return s.write(w, layout{Visitor: VisitorOf(r), Region: s.Region, Content: content, Key: NewKey(),
		status: http.StatusOK}, name, part)
}

func (s *Shell) write(w http.ResponseWriter, p layout, name, part string) error {
	t, known := s.pages[name]
	if !known {
		return fmt.Errorf("make the page %s: there is no such template", name)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, part, p); err != nil {
		return fmt.Errorf("make the page %s: %w", name, err)
	}

	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.status)
	_, _ = w.Write(out.Bytes()) // the browser is gone if this fails
	return nil
}

// Attach makes the answer a file that the browser saves.
func Attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// NewKey returns the key of one form.
func NewKey() string { return uuid.NewString() }

// functions are those of the templates of every surface.
func (s *Shell) functions() template.FuncMap {
	return template.FuncMap{
		"asset": s.static.address, "when": s.When, "day": s.Day, "ago": s.Ago, "date": Date,
		"sentence": survey.Sentence, "region": func(r survey.Region) string { return r.Name() },
		"count": func(n int) string { return survey.UnitCount.Amount(int64(n)) }, "count64": survey.UnitCount.Amount,
		"percent": survey.UnitBasisPoints.Amount, "plural": Plural, "sum": func(a, b int) int { return a + b },
		"minus": func(n int64) int64 { return -n }, "sharingQuestion": func() string { return survey.SharingQuestion },
		"dict": dict, "class": class, "lower": LowerFirst,
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
