package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

//go:embed static
var staticFiles embed.FS

// StaticPrefix is followed by the build: a hash over all files. So a browser
// may keep each file for ever and still sees a new version at once.
const StaticPrefix = "/static/"

// static serves the embedded files, compressed once.
type static struct {
	build string
	files map[string]staticFile
}

type staticFile struct {
	plain, packed []byte
	kind          string
}

// staticKinds are the only files that leave: the licence text stays beside the
// sources.
var staticKinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func newStatic() (*static, error) {
	s := &static{files: map[string]staticFile{}}
	sum := sha256.New()
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		kind := staticKinds[path.Ext(name)]
		if err != nil || d.IsDir() || kind == "" {
			return err
		}
		plain, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}

		packed, err := pack(plain)
		if err != nil {
			return err
		}

		// The name and the length are hashed too, so that no two sets of files give one build.
		fmt.Fprintf(sum, "%s %d\n", name, len(plain))
		sum.Write(plain)
		s.files[strings.TrimPrefix(name, "static/")] = staticFile{plain: plain, packed: packed, kind: kind}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the embedded files: %w", err)
	}

	s.build = strings.ToLower(base32.StdEncoding.EncodeToString(sum.Sum(nil))[:10])
	return s, nil
}

func pack(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}

	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// address returns where a file is served.
func (s *static) address(name string) string { return StaticPrefix + s.build + "/" + name }

// ServeStatic answers with one of the files that every page may need.
func (s *Shell) ServeStatic(w http.ResponseWriter, r *http.Request) error {
	build, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, StaticPrefix), "/")
	file, known := s.static.files[name]
	if !known {
		return survey.ErrNotFound
	}

	// A browser may keep a file for ever if the address names this build.
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if build == s.static.build {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}

	data := file.plain
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		data = file.packed
	}
	_, _ = w.Write(data) // the browser is gone if this fails
	return nil
}
