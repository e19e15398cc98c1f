package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"sync"
)

//go:embed report.html report.css
var files embed.FS

// parsed is the page's template with its style, parsed once.
var parsed = sync.OnceValues(func() (*template.Template, error) {
	style, err := files.ReadFile("report.css")
	if err != nil {
		return nil, err
	}

	return template.New("report.html").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(style) },
		"tabled": func(c chart, key, name string) map[string]any {
			return map[string]any{"Chart": c, "Key": key, "Name": name}
		},
		"day":   day,
		"width": func() int { return chartWidth },
		"bar":   func() int { return barHeight },
		"label": func() int { return labelWidth - 8 },
	}).ParseFS(files, "report.html")
})

// Render writes the report as one HTML page with its style and pictures inside. The page has no
// script and loads nothing.
func Render(w io.Writer, r Report) error {
	t, err := parsed()
	if err != nil {
		return fmt.Errorf("report of %s: %w", r.Campaign.Cycle, err)
	}

	var page bytes.Buffer // an error must not leave half a page
	if err := t.Execute(&page, viewOf(r)); err != nil {
		return fmt.Errorf("report of %s: %w", r.Campaign.Cycle, err)
	}

	if _, err := page.WriteTo(w); err != nil {
		return fmt.Errorf("report of %s: %w", r.Campaign.Cycle, err)
	}
	return nil
}

// ContentPolicy returns the Content-Security-Policy of a report: its own style and nothing else.
func ContentPolicy() string {
	style, err := files.ReadFile("report.css")
	if err != nil {
		return "default-src 'none'"
	}
	sum := sha256.Sum256(style)
	return "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
