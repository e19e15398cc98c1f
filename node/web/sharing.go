package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Sharing keeps what a company says of the AHSNs that it named seeing its
// answers, and gives them copies or takes those back. SharedOf are the copies
// of one company's answers that other regions gave to this one.
type Sharing interface {
	SetSharing(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, sharing survey.Sharing) error
	SharedOf(survey.Cycle, survey.Identifier) ([]survey.SharedResponse, error)
}

// share notes what the company said of the AHSNs that it named seeing its
// answers. Copies follow by themselves, or are taken back.
func (h *answerPages) share(r *http.Request, request survey.Request, cycle survey.Cycle, id survey.Identifier, allowed bool) error {
	said := survey.SharingRefused
	if allowed {
		said = survey.SharingAllowed
	}
	return h.sharing.SetSharing(r.Context(), request, cycle, id, said)
}

// shareSaid notes what an adviser was told. Without a word nothing changes:
// an adviser who corrects a number must not take back what was allowed.
func (h *answerPages) shareSaid(r *http.Request, request survey.Request, cycle survey.Cycle, id survey.Identifier) error {
	switch survey.Sharing(r.PostForm.Get("sharing")) {
	case survey.SharingAllowed:
		return h.share(r, request, cycle, id, true)
	case survey.SharingRefused:
		return h.share(r, request, cycle, id, false)
	}
	return nil
}

// sharedView is a copy of a company's answers that another region shared with
// this one.
type sharedView struct {
	Cycle      survey.Cycle
	From       survey.Region
	Received   time.Time
	Revoked    time.Time
	Unreadable bool
	Rows       []sharedRow
}

type sharedRow struct {
	Number       int
	Text, Answer string
}

// sharedOf returns what other regions shared of one company, of the survey and
// of the one before.
func (h *companyPages) sharedOf(cycle survey.Cycle, id survey.Identifier) ([]sharedView, error) {
	var out []sharedView
	for _, c := range []survey.Cycle{cycle, cycle.Previous()} {
		copies, err := h.sharing.SharedOf(c, id)
		if err != nil {
			return nil, err
		}
		for _, copied := range copies {
			view := sharedView{Cycle: c, From: copied.From, Received: copied.ReceivedAt, Revoked: copied.RevokedAt, Unreadable: copied.Unreadable}
			if copied.Answers != nil {
				view.Rows, err = h.sharedRows(c, *copied.Answers)
			}
			if err != nil && !errors.Is(err, survey.ErrNotFound) {
				return nil, err
			}
			view.Unreadable = view.Unreadable || err != nil // a questionnaire that this software does not know
			out = append(out, view)
		}
	}
	return out, nil
}

func (h *companyPages) sharedRows(cycle survey.Cycle, answers survey.Answers) ([]sharedRow, error) {
	q, err := h.editions.National(answers.Questionnaire)
	if err != nil {
		return nil, err
	}
	var rows []sharedRow
	for i, question := range q.Questions {
		if words := page.AnswerWords(question, answers.Of(question.ID)); words != "" {
			rows = append(rows, sharedRow{Number: i + 1, Text: question.Asked(cycle), Answer: words})
		}
	}
	return rows, nil
}
