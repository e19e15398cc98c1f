package page

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

// packers are compressors that wait for their next answer.
type packers struct{ pool sync.Pool }

func newPackers() *packers {
	return &packers{sync.Pool{New: func() any { return gzip.NewWriter(nil) }}}
}

// Compress returns a writer that compresses the answer if the browser takes
// it. The answer ends with done. Pages whose address is a secret are never
// compressed.
func (s *Shell) Compress(w http.ResponseWriter, r *http.Request) (packed http.ResponseWriter, done func()) {
	w.Header().Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r) || r.Method == http.MethodHead {
		return w, func() {}
	}

	// Compressors are large, so they are used again.
	packer := s.packers.pool.Get().(*gzip.Writer)
	packer.Reset(w)
	out := &compressed{ResponseWriter: w, packer: packer}
	return out, func() {
		if out.packed {
			_ = packer.Close() // the browser is gone if this fails
		}
		s.packers.pool.Put(packer)
	}
}

// compressed is an answer that is compressed from its first byte, if it has a
// body and no other encoding.
type compressed struct {
	http.ResponseWriter
	packer *gzip.Writer
	begun  bool
	packed bool
}

// WriteHeader implements http.ResponseWriter.
func (w *compressed) WriteHeader(status int) {
	if !w.begun {
		w.begun = true
		bodiless := status == http.StatusNoContent || status == http.StatusNotModified || status >= 300 && status < 400
		if !bodiless && w.Header().Get("Content-Encoding") == "" {
			w.packed = true
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Del("Content-Length")
		}
	}

	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *compressed) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}

	if w.packed {
		return w.packer.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *compressed) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(coding, "gzip") && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}

	return false
}
