package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Sharing records whether the AHSNs that a company named may see its answers, and
// gives them copies or takes those back. SharedOf are the copies
// of one company's answers that other regions gave to this one.
type Sharing interface {
	SetSharing(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
		sharing survey.Sharing) error
	SharedOf(survey.Cycle, survey.Identifier) ([]survey.SharedResponse, error)
}

// share records whether the AHSNs that the company named may see its answers, as
// the adviser was told. Without a choice in the form nothing changes: the
// correction of a number must not revoke the consent.
func (h *answerPages) share(r *http.Request, request survey.Request, cycle survey.Cycle, id survey.Identifier) error {
	said := survey.Sharing(r.PostForm.Get("sharing"))
	if said != survey.SharingAllowed && said != survey.SharingRefused {
		return nil
	}
	return h.sharing.SetSharing(r.Context(), request, cycle, id, said)
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

// sharedOf returns the answers of one company that other regions shared, in the
// survey and in the one before.
func (h *companyPages) sharedOf(cycle survey.Cycle, id survey.Identifier) ([]sharedView, error) {
	var out []sharedView
	for _, c := range []survey.Cycle{cycle, cycle.Previous()} {
		copies, err := h.sharing.SharedOf(c, id)
		if err != nil {
			return nil, err
		}

		for _, copied := range copies {
			view := sharedView{Cycle: c, From: copied.From, Received: copied.ReceivedAt, Revoked: copied.RevokedAt,
				Unreadable: copied.Unreadable}
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
