package web_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// office is a canned mail server: it keeps what is sent, and refuses addresses
// that begin with gone.
type office struct {
	mu       sync.Mutex
	sends    bool
	optedOut string
	sent     []letters.Letter
}

func (o *office) Sends() bool { return o.sends }

func (o *office) MayWrite(_ survey.Identifier, address string) (bool, error) {
	return o.optedOut == "" || address != o.optedOut, nil
}

func (o *office) Send(_ context.Context, round []letters.Letter) []letters.Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []letters.Delivery
	for _, l := range round {
		d := letters.Delivery{To: l.To, State: letters.Sent}
		if strings.HasPrefix(l.To, "gone") {
			d.State, d.Reason = letters.Refused, "the mail server does not take it: 550 no such <b>user</b>"
		} else {
			o.sent = append(o.sent, l)
		}
		out = append(out, d)
	}
	return out
}

// desk is a canned desk for lists of answers.
type desk struct {
	imports map[string]survey.Import
}

func (d *desk) Plan(_ context.Context, list sheet.List, upload io.Reader) (survey.Import, error) {
	if known, ok := d.imports[list.ID]; ok {
		return known, nil
	}
	text, err := io.ReadAll(upload)
	if err != nil || !strings.Contains(string(text), "q03") {
		return survey.Import{}, survey.Invalid("the first row names no question")
	}
	im := survey.Import{ID: list.ID, Kind: list.Kind, Cycle: list.Cycle, File: list.Name, State: survey.ImportPlanned, Rows: 3, Added: 1, Updated: 1, Refused: 1, Warnings: 1,
		Columns:  []survey.ImportField{{Column: "Company number", Field: "identifier"}, {Column: "<i>Favourite colour</i>"}},
		Problems: []survey.RowProblem{{Row: 4, Column: "q04", Severity: "refused", Text: "write the number of posts with digits"}, {Row: 2, Column: "q03", Severity: "warning", Text: "staff changed by half or more since the last answer: check it"}},
		Changes:  []survey.RowChange{{Row: 2, What: "added", ID: string(oursID)}, {Row: 3, What: "updated", ID: string(hostileID), Field: "q03", Before: "12", After: "14"}}}
	d.imports[list.ID] = im
	return im, nil
}

func (d *desk) Commit(_ context.Context, id string, _ uint64, _ time.Time) (survey.Import, error) {
	im, err := d.Import(id)
	if err == nil {
		im.State = survey.ImportCommitted
		d.imports[id] = im
	}
	return im, err
}

func (d *desk) Import(id string) (survey.Import, error) {
	im, ok := d.imports[id]
	if !ok {
		return im, survey.ErrNotFound
	}
	return im, nil
}

func (d *desk) RejectsBook(_ string, w io.Writer) error {
	_, err := io.WriteString(w, "PK, 09900004")
	return err
}

func (d *desk) Rejects(_ string, w io.Writer) error {
	_, err := io.WriteString(w, "Company number,q04,Reason\r\n99000004,three,write the number\r\n")
	return err
}
