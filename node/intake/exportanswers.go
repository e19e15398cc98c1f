package intake

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// stamp writes a time in RFC 3339, UTC, and the zero time as "".
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// answerColumn is one column of the list of answers: a question, or one part of
// it, such as a source of investment or "trl".
type answerColumn struct {
	question survey.Question
	part     string
}

// numberQuestions are the kinds of questions whose answers are written as
// numbers.
var numberQuestions = []survey.QuestionKind{survey.AskFTE, survey.AskMoney, survey.AskCount, survey.AskScale}

func answerColumns(ask survey.Questionnaire) ([]sheet.Column, []answerColumn) {
	var columns []sheet.Column
	var answers []answerColumn
	add := func(q survey.Question, part string, number bool) {
		a := answerColumn{q, part}
		columns = append(columns, sheet.Column{Name: a.field(), Number: number})
		answers = append(answers, a)
	}

	for _, q := range ask.Questions {
		switch q.Kind {
		case survey.AskSources:
			for _, o := range q.Options {
				add(q, o.Code, true)
			}
		case survey.AskStage:
			add(q, "", false)
			add(q, "trl", true)
		default:
			add(q, "", slices.Contains(numberQuestions, q.Kind))
		}
	}
	return columns, answers
}

// cell writes an answer as the import reads it. "Don't know" and the like are
// written as words, never as 0.
func (c answerColumn) cell(a survey.Answers) string {
	answer := a.Of(c.question.ID)
	status, number := answer.Status, answer.Number
	if c.part != "" && c.part != "trl" && status == survey.AnswerGiven {
		status = survey.AnswerMissing
		for _, part := range answer.Parts {
			if part.Code == c.part {
				status, number = part.Status, part.Number
			}
		}
	}

	switch {
	case status == survey.AnswerMissing, c.part == "trl" && number == 0:
		return ""
	case status != survey.AnswerGiven:
		return string(status)
	}

	switch c.question.Kind {
	case survey.AskChoice, survey.AskMulti:
		return strings.Join(answer.Codes, "; ")
	case survey.AskFTE, survey.AskMoney, survey.AskSources:
		return survey.Pence(number).Decimal()
	case survey.AskStage:
		if c.part == "" {
			return strings.Join(answer.Codes, "; ")
		}
		return strconv.FormatInt(number, 10)
	case survey.AskText:
		return answer.Text
	}
	return strconv.FormatInt(number, 10)
}

func (e Exporter) responses(ctx context.Context, cycle survey.Cycle) ([]sheet.Column, writeRows, error) {
	ask, err := e.questionnaire(cycle)
	if err == nil {
		// Earlier answers may be to questions that the region no longer asks.
		ask, err = e.Editions.Recorded(ask.ID)
	}
	if err != nil {
		return nil, nil, err
	}

	asked, answers := answerColumns(ask)
	columns := append(texts("Identifier", "Registered as", "State", "Complete", "Counted", "Held by", "Version",
		"Recorded at", "Sharing"), asked...)
	return columns, func(out rowWriter) error {
		read := func(after survey.Identifier) ([]survey.Response, survey.Identifier, error) {
			return e.Records.Responses(cycle, after, pageRows)
		}
		return eachPaged(ctx, read, func(r survey.Response) {
			cells := []string{string(r.Organisation), e.name(r.Organisation), string(r.State), survey.YesNo(r.Complete),
				survey.YesNo(r.Counted), string(r.HeldBy), strconv.FormatUint(r.Version, 10), stamp(r.At), string(r.Sharing)}
			for _, c := range answers {
				cells = append(cells, c.cell(r.Answers))
			}
			out.Row(cells...)
		})
	}, nil
}

// mailing lists the companies that this region has to invite or remind: those
// that it holds and that have not answered, each with one contact, ready for a
// mail merge. Contacts who opted out or withdrew consent are left out.
func (e Exporter) mailing(ctx context.Context, cycle survey.Cycle) ([]sheet.Column, writeRows, error) {
	// A company has one row: its main contact comes before any other.
	contacts := map[survey.Identifier]survey.Record{}
	err := e.eachRecord(ctx, store.RecordFilter{Kind: survey.RecordContacts}, func(r survey.Record) {
		out, _ := r.Number("opted_out")
		main, _ := r.Number("main")
		have, known := contacts[r.Organisation()]
		haveMain, _ := have.Number("main")
		if out == 0 && r.Text("consent") != "withdrawn" && (!known || main > haveMain) {
			contacts[r.Organisation()] = r
		}
	})
	if err != nil {
		return nil, nil, err
	}

	// The newest attempt to reach the company says when the next one is due.
	type chased struct {
		attempts  int
		last, due string
	}
	chases, advisers := map[survey.Identifier]chased{}, map[survey.Identifier]string{}
	err = e.eachRecord(ctx, store.RecordFilter{Kind: survey.RecordChases, Cycle: cycle}, func(r survey.Record) {
		c := chases[r.Organisation()]
		c.attempts++
		if day := r.Text("date"); day > c.last {
			c.last, c.due = day, r.Text("next_due")
		}
		chases[r.Organisation()] = c
	})
	if err != nil {
		return nil, nil, err
	}

	assigned := store.RecordFilter{Kind: survey.RecordAssignments, Cycle: cycle}
	err = e.eachRecord(ctx, assigned, func(r survey.Record) { advisers[r.Organisation()] = r.Text("adviser") })
	if err != nil {
		return nil, nil, err
	}

	columns := texts("Organisation", "Company name", "State", "To send", "Contact", "E-mail", "Telephone", "Adviser",
		"Last attempt", "Next due")
	columns = append(columns, sheet.Column{Name: "Attempts", Number: true})
	return columns, func(out rowWriter) error {
		return e.eachClaim(ctx, survey.ClaimFilter{Cycle: cycle, Region: e.Region}, func(c survey.Claim) {
			if c.State != survey.Claimed && c.State != survey.Contacted {
				return
			}

			contact, chase := contacts[c.Organisation], chases[c.Organisation]

			// A company that was approached before, in whatever way, gets a reminder.
			letter := "invitation"
			if c.State == survey.Contacted || chase.attempts > 0 {
				letter = "reminder"
			}

			out.Row(string(c.Organisation), e.name(c.Organisation), string(c.State), letter, contact.Text("name"),
				contact.Text("email"), contact.Text("phone"), advisers[c.Organisation], chase.last, chase.due,
				strconv.Itoa(chase.attempts))
		})
	}, nil
}
