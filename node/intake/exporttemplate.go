package intake

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// sharingOptions are what a company may say of its answers being seen.
var sharingOptions = []string{"yes", "no"}

// template is the sheet of answers to fill in, one row for each company that
// this region holds and that has not answered. Its columns are named with the
// questions, so that it is read back by them.
func (e Exporter) template(ctx context.Context, cycle survey.Cycle) ([]sheet.Column, func(rowWriter) error, error) {
	ask, err := e.questionnaire(cycle)
	if err != nil {
		return nil, nil, err
	}
	columns := []sheet.Column{{Name: "Identifier", Width: 20}, {Name: "Company name", Width: 32}}
	_, answers := answerColumns(ask)
	for _, a := range answers {
		columns = append(columns, sheet.Column{Name: a.words(cycle), Width: 18, Options: a.offered()})
	}
	columns = append(columns, sheet.Column{Name: survey.SharingQuestion, Width: 18, Options: sharingOptions})
	return columns, func(out rowWriter) error {
		return e.eachClaim(ctx, survey.ClaimFilter{Cycle: cycle, Region: e.Region}, func(c survey.Claim) {
			if c.State == survey.Claimed || c.State == survey.Contacted {
				out.Row(string(c.Organisation), e.name(c.Organisation))
			}
		})
	}, nil
}

// questionnaire returns the questions of the cycle's campaign.
func (e Exporter) questionnaire(cycle survey.Cycle) (survey.Questionnaire, error) {
	campaign, err := e.Nation.Campaign(cycle)
	if err != nil {
		return survey.Questionnaire{}, fmt.Errorf("there is no campaign for %s: %w", cycle, err)
	}
	return e.Editions.Questionnaire(campaign.Questionnaire)
}

// field is what the import calls the column.
func (c answerColumn) field() string {
	if c.part == "" {
		return string(c.question.ID)
	}
	return string(c.question.ID) + "." + c.part
}

// words are the field and what is asked, in one line.
func (c answerColumn) words(cycle survey.Cycle) string {
	text := string(c.question.ID) + " " + c.question.Asked(cycle)
	if o, ok := c.question.Option(c.part); ok {
		return text + " " + o.Label
	}
	if c.part != "" {
		return text + " " + strings.ToUpper(c.part)
	}
	return text
}

// offered are the answers that a cell can be chosen from.
func (c answerColumn) offered() []string {
	switch c.question.Kind {
	case survey.AskChoice, survey.AskScale:
	case survey.AskStage:
		if c.part != "" {
			return nil
		}
	default:
		return nil
	}
	var labels []string
	for _, o := range c.question.Options {
		labels = append(labels, o.Label)
	}
	return labels
}

// how says how to answer, in words.
func (c answerColumn) how() string {
	var labels []string
	for _, o := range c.question.Options {
		labels = append(labels, o.Label)
	}
	text := map[survey.QuestionKind]string{
		survey.AskChoice: "One of: " + strings.Join(labels, " | "),
		survey.AskScale:  "One of: " + strings.Join(labels, " | "),
		survey.AskMulti:  "One or more, separated by semicolons: " + strings.Join(labels, " | "),
		survey.AskFTE:    "Full-time equivalents, at most two decimals",
		survey.AskMoney:  "Pounds", survey.AskSources: "Pounds", survey.AskCount: "A whole number",
		survey.AskStage: "One of: " + strings.Join(labels, " | "), survey.AskText: "Your own words",
	}[c.question.Kind]
	if c.part == "trl" {
		text = "1 to 9"
	}
	words := map[survey.AnswerStatus]string{survey.AnswerDontKnow: "don't know", survey.AnswerRefused: "prefer not to say", survey.AnswerNotApplicable: "not applicable"}
	var or []string
	for _, status := range c.question.Allow {
		or = append(or, words[status])
	}
	if len(or) > 0 {
		text += "; or: " + strings.Join(or, ", ")
	}
	return text + ". Blank is no answer, never 0"
}

// Form writes one company's form as a workbook: one question on each row. It
// is read back as answers are. The error wraps survey.ErrNotFound for an
// unknown company or campaign.
func (e Exporter) Form(_ context.Context, cycle survey.Cycle, id survey.Identifier, w io.Writer) error {
	fail := func(err error) error { return fmt.Errorf("form of %s for %s: %w", id, cycle, err) }
	o, err := e.Nation.Organisation(id)
	if err != nil {
		return fail(err)
	}
	ask, err := e.questionnaire(cycle)
	if err != nil {
		return fail(err)
	}
	book, err := sheet.NewBook(sheet.FormHeader())
	if err != nil {
		return fail(err)
	}
	row := func(field, question, answer, how string, options []string) {
		book.Offer(2, options)
		book.Row(field, question, answer, how)
	}
	row("Identifier", "Your organisation's number in this survey", string(o.ID), "Please leave it as it is", nil)
	row("Company name", "Your organisation", o.Name, "Please leave it as it is: question q01 asks whether it is right", nil)
	_, answers := answerColumns(ask)
	for _, a := range answers {
		question := a.question.Asked(cycle)
		if part, ok := a.question.Option(a.part); ok {
			question += " " + part.Label
		} else if a.part != "" {
			question += " " + strings.ToUpper(a.part)
		}
		row(a.field(), question, "", a.how(), a.offered())
	}
	row(string(sheet.FieldSharing), survey.SharingQuestion, "", "yes or no", sharingOptions)
	if _, err := book.WriteTo(w); err != nil {
		return fail(err)
	}
	return nil
}
