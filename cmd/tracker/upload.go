package main

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

// upload is a file on its way to the node.
type upload struct {
	path    string // of the API, with its query
	name    string // of the file
	text    []byte
	mapping []byte // which column is which, nil for none
	key     string // Idempotency-Key, "" where nothing is bound
	binds   bool   // without an answer, it may have been recorded
	// watch shows how much is sent; nil for nobody.
	watch func(body io.Reader, size int64) io.Reader
}

// upload sends a file as a form. It makes one attempt.
func (cl *client) upload(ctx context.Context, u upload) (reply, error) {
	if len(u.text) > maxUploadBytes {
		return reply{}, fileFault(fmt.Errorf("%s: larger than %d bytes", u.name, maxUploadBytes))
	}
	body, content, err := u.form()
	if err != nil {
		return reply{}, fmt.Errorf("write the request: %w", err)
	}

	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	var source io.Reader = bytes.NewReader(body)
	if u.watch != nil {
		source = u.watch(source, int64(len(body)))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, cl.node.url+api.Prefix+u.path, source)
	if err != nil {
		return reply{}, err
	}
	request.ContentLength = int64(len(body))
	request.Header.Set("Authorization", "Bearer "+cl.node.token)
	request.Header.Set("Content-Type", content)
	if u.key != "" {
		request.Header.Set("Idempotency-Key", u.key)
	}

	patient := *cl.http
	patient.Timeout = uploadTimeout
	response, err := patient.Do(request)
	if err != nil {
		return reply{}, cl.unreachable(err, u.binds)
	}
	defer response.Body.Close()
	return cl.answer(response)
}

// form writes the file as multipart/form-data. Its boundary follows from the
// file: sent again, it is the same request.
func (u upload) form() (body []byte, content string, err error) {
	var text bytes.Buffer
	form := multipart.NewWriter(&text)
	sum := sha256.Sum256(u.text)
	if err := form.SetBoundary(hex.EncodeToString(sum[:20])); err != nil {
		return nil, "", err
	}
	if u.mapping != nil {
		if err := form.WriteField("map", string(u.mapping)); err != nil {
			return nil, "", err
		}
	}
	part, err := form.CreateFormFile("file", filepath.Base(u.name))
	if err != nil {
		return nil, "", err
	}
	if _, err := part.Write(u.text); err != nil {
		return nil, "", err
	}
	err = form.Close() // writes the end
	return text.Bytes(), form.FormDataContentType(), err
}

// readMapping reads the file that says which column is which, nil without one.
func readMapping(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	return text, nil
}
