package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// share notes what the company said of the AHSNs that it named seeing its
// answers. Copies follow by themselves, or are taken back.
func (s *Site) share(r *http.Request, request survey.Request, cycle survey.Cycle, id survey.Identifier, allowed bool) error {
	said := survey.SharingRefused
	if allowed {
		said = survey.SharingAllowed
	}
	return s.options.Sharing.SetSharing(r.Context(), request, cycle, id, said)
}

// shareSaid notes what an adviser was told. Without a word nothing changes:
// an adviser who corrects a number must not take back what was allowed.
func (s *Site) shareSaid(r *http.Request, request survey.Request, cycle survey.Cycle, id survey.Identifier) error {
	switch survey.Sharing(r.PostForm.Get("sharing")) {
	case survey.SharingAllowed:
		return s.share(r, request, cycle, id, true)
	case survey.SharingRefused:
		return s.share(r, request, cycle, id, false)
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
func (s *Site) sharedOf(cycle survey.Cycle, id survey.Identifier) ([]sharedView, error) {
	var out []sharedView
	for _, c := range []survey.Cycle{cycle, cycle.Previous()} {
		copies, err := s.options.Sharing.SharedOf(c, id)
		if err != nil {
			return nil, err
		}
		for _, copied := range copies {
			view := sharedView{Cycle: c, From: copied.From, Received: copied.ReceivedAt, Revoked: copied.RevokedAt, Unreadable: copied.Unreadable}
			if copied.Answers != nil {
				view.Rows, err = s.sharedRows(c, *copied.Answers)
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

func (s *Site) sharedRows(cycle survey.Cycle, answers survey.Answers) ([]sharedRow, error) {
	q, err := s.options.Editions.National(answers.Questionnaire)
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
