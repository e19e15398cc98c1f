package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/ahsn-network/tracker/node/api"
)

const (
	// uploadTimeout bounds sending a list and reading it at the node.
	uploadTimeout = 10 * time.Minute
	// maxUploadBytes is the most that a node accepts.
	maxUploadBytes = 64 << 20
)

// Upload is a file to send to the node.
type Upload struct {
	Path    string // of the API, with its query
	Name    string // of the file
	Text    []byte
	Mapping []byte // names the columns, nil for none
	Key     string // Idempotency-Key, "" if the request binds nothing
	Binds   bool   // if there is no answer, it may have been recorded
	// Watch shows how much has been sent, if it is not nil.
	Watch func(body io.Reader, size int64) io.Reader
}

// Upload sends a file as a form, in one attempt.
func (cl *Client) Upload(ctx context.Context, u Upload) (Reply, error) {
	if len(u.Text) > maxUploadBytes {
		return Reply{}, FileFault(fmt.Errorf("%s: larger than %d bytes", u.Name, maxUploadBytes))
	}
	body, content, err := u.form()
	if err != nil {
		return Reply{}, fmt.Errorf("write the request: %w", err)
	}

	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	var source io.Reader = bytes.NewReader(body)
	if u.Watch != nil {
		source = u.Watch(source, int64(len(body)))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, cl.Node.URL+api.Prefix+u.Path, source)
	if err != nil {
		return Reply{}, err
	}
	request.ContentLength = int64(len(body))
	request.Header.Set("Authorization", "Bearer "+cl.Node.Token)
	request.Header.Set("Content-Type", content)
	if u.Key != "" {
		request.Header.Set("Idempotency-Key", u.Key)
	}

	// A large list takes the node longer to read than any other request.
	patient := *cl.HTTP
	patient.Timeout = uploadTimeout
	response, err := patient.Do(request)
	if err != nil {
		return Reply{}, cl.unreachable(err, u.Binds)
	}
	defer response.Body.Close()
	return cl.answer(response)
}

// form writes the file as multipart/form-data. The boundary is made from the file, so that sending
// it again makes the same request.
func (u Upload) form() (body []byte, content string, err error) {
	var text bytes.Buffer
	form := multipart.NewWriter(&text)
	sum := sha256.Sum256(u.Text)
	if err := form.SetBoundary(hex.EncodeToString(sum[:20])); err != nil {
		return nil, "", err
	}

	if u.Mapping != nil {
		if err := form.WriteField("map", string(u.Mapping)); err != nil {
			return nil, "", err
		}
	}

	part, err := form.CreateFormFile("file", filepath.Base(u.Name))
	if err != nil {
		return nil, "", err
	}
	if _, err := part.Write(u.Text); err != nil {
		return nil, "", err
	}

	err = form.Close() // writes the end
	return text.Bytes(), form.FormDataContentType(), err
}

// ReadMapping reads the file that names the columns. It returns nil if no file is named.
func ReadMapping(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	return text, nil
}

// Watched returns r, and shows on a terminal how much of it has been read.
func (c *Invocation) Watched(r io.Reader, size int64, what string) io.Reader {
	if !IsTerminal(c.Err) {
		return r
	}
	bar := progressbar.NewReader(r, progressbar.NewOptions64(size, progressbar.OptionSetWriter(c.Err),
		progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish()))

	return &bar
}

// Sending is Watched for a file on its way to the node.
func (c *Invocation) Sending(r io.Reader, size int64) io.Reader { return c.Watched(r, size, "sending") }

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
