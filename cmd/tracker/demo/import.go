package demo

import (
	"context"
	"fmt"
	"net/url"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// importAnswers sends the answers as one list: as one change of the records.
func (r *regionPart) importAnswers(ctx context.Context, list []byte) error {
	path := "/imports?kind=responses&cycle=" + url.QueryEscape(string(r.cycle))
	answer, err := r.client.Upload(ctx, cli.Upload{Path: path, Name: "answers.csv", Text: list})
	if err != nil {
		return err
	}
	var done survey.Import
	if err := answer.Into(&done); err != nil {
		return err
	}
	if done.Refused > 0 {
		return fmt.Errorf("%d of %d answers were refused, the first: %+v", done.Refused, done.Rows, done.Problems[0])
	}
	return nil
}
