package middleware

import "net/http"

// common are the headers of every answer of every surface. No answer is kept
// by a cache, shown in a frame, or read by a page of another site.
var common = map[string]string{
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
}

// A browser that was here once uses TLS for a year.
const strictTransport = "max-age=31536000"

func setHeaders(h http.Header, own map[string]string, tls bool) {
	for name, value := range common {
		h.Set(name, value)
	}
	for name, value := range own {
		h.Set(name, value)
	}
	if tls {
		h.Set("Strict-Transport-Security", strictTransport)
	}
}

// HeaderRules bound the headers of a request. Zero means no bound but the
// server's.
type HeaderRules struct {
	MaxBytes  int
	MaxValues int
}

func (rules HeaderRules) allow(h http.Header) bool {
	size, count := 0, 0
	for name, values := range h {
		for _, v := range values {
			size += len(name) + len(v)
			count++
		}
	}
	return (rules.MaxBytes == 0 || size <= rules.MaxBytes) && (rules.MaxValues == 0 || count <= rules.MaxValues)
}
