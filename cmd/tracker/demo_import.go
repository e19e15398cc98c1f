package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// importAnswers sends the answers as one list: as one change of the records.
func (r *demoRegion) importAnswers(ctx context.Context, list []byte) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "answers.csv")
	if err == nil {
		_, err = part.Write(list)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.client.node.url+api.Prefix+"/imports?kind=responses&cycle="+url.QueryEscape(string(r.cycle)), &body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+r.client.node.token)
	request.Header.Set("Content-Type", form.FormDataContentType())
	response, err := r.client.http.Do(request)
	if err != nil {
		return r.client.unreachable(err, false)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxResponseBytes))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return api.ErrorFromProblem(api.ParseProblem(response.StatusCode, text))
	}
	var done survey.Import
	if err := (reply{body: text}).into(&done); err != nil {
		return err
	}
	if done.Refused > 0 {
		return fmt.Errorf("%d of %d answers were refused, the first: %+v", done.Refused, done.Rows, done.Problems[0])
	}
	return nil
}
