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

	"github.com/ahsn-network/tracker/node/api"
)

const (
	// uploadTimeout bounds the upload of a list and its reading at the node.
	uploadTimeout = 10 * time.Minute
	// maxUploadBytes is the most that a node takes.
	maxUploadBytes = 64 << 20
)

// Upload is a file on its way to the node.
type Upload struct {
	Path    string // of the API, with its query
	Name    string // of the file
	Text    []byte
	Mapping []byte // which column is which, nil for none
	Key     string // Idempotency-Key, "" where nothing is bound
	Binds   bool   // without an answer, it may have been recorded
	// Watch shows how much is sent; nil for nobody.
	Watch func(body io.Reader, size int64) io.Reader
}

// Upload sends a file as a form. It makes one attempt.
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

	patient := *cl.HTTP
	patient.Timeout = uploadTimeout
	response, err := patient.Do(request)
	if err != nil {
		return Reply{}, cl.unreachable(err, u.Binds)
	}
	defer response.Body.Close()
	return cl.answer(response)
}

// form writes the file as multipart/form-data. Its boundary follows from the
// file: sent again, it is the same request.
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

// ReadMapping reads the file that says which column is which, nil without one.
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
