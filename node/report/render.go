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

// parsed is the page's template with its style, made once.
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

// Render writes the report as one page of HTML with its style and pictures
// inside. It has no script and asks for nothing.
func Render(w io.Writer, r Report) error {
	t, err := parsed()
	if err != nil {
		return fmt.Errorf("report of %s: %w", r.Campaign.Cycle, err)
	}
	var page bytes.Buffer // a half page would be worse than none
	if err := t.Execute(&page, viewOf(r)); err != nil {
		return fmt.Errorf("report of %s: %w", r.Campaign.Cycle, err)
	}
	if _, err := page.WriteTo(w); err != nil {
		return fmt.Errorf("report of %s: %w", r.Campaign.Cycle, err)
	}
	return nil
}

// ContentPolicy is the Content-Security-Policy under which a report works: its
// own style and nothing else.
func ContentPolicy() string {
	style, err := files.ReadFile("report.css")
	if err != nil {
		return "default-src 'none'"
	}
	sum := sha256.Sum256(style)
	return "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
