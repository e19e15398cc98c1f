package intake

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// sharingOptions are the answers to the question whether others may see them.
var sharingOptions = []string{"yes", "no"}

// template lists the companies that this region holds and that have not
// answered, with an empty column for each question. The questions name the
// columns, so that the import recognises them.
func (e Exporter) template(ctx context.Context, cycle survey.Cycle) ([]sheet.Column, writeRows, error) {
	ask, err := e.questionnaire(cycle)
	if err != nil {
		return nil, nil, err
	}

	columns := []sheet.Column{{Name: "Identifier", Width: 20}, {Name: "Company name", Width: 32}}
	_, answers := answerColumns(ask)
	for _, a := range answers {
		name := string(a.question.ID) + " " + a.asked(cycle)
		columns = append(columns, sheet.Column{Name: name, Width: 18, Options: a.offered()})
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
	campaign, err := e.Registry.Campaign(cycle)
	if err != nil {
		return survey.Questionnaire{}, fmt.Errorf("there is no campaign for %s: %w", cycle, err)
	}
	return e.Editions.Questionnaire(campaign.Questionnaire)
}

// field returns the name that the import gives the column.
func (c answerColumn) field() string {
	if c.part == "" {
		return string(c.question.ID)
	}
	return string(c.question.ID) + "." + c.part
}

// asked returns the question and the label of the part, in one line.
func (c answerColumn) asked(cycle survey.Cycle) string {
	text := c.question.Asked(cycle)
	if o, ok := c.question.Option(c.part); ok {
		return text + " " + o.Label
	}
	if c.part != "" {
		return text + " " + strings.ToUpper(c.part)
	}
	return text
}

// offered returns the answers that a cell lets a person choose from, nil for a
// cell to type into.
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
	return c.labels()
}

func (c answerColumn) labels() []string {
	var labels []string
	for _, o := range c.question.Options {
		labels = append(labels, o.Label)
	}
	return labels
}

// statusWords are the answers that stand in the place of a value.
var statusWords = map[survey.AnswerStatus]string{
	survey.AnswerDontKnow:      "don't know",
	survey.AnswerRefused:       "prefer not to say",
	survey.AnswerNotApplicable: "not applicable",
}

// how says how to answer, in words.
func (c answerColumn) how() string {
	labels := strings.Join(c.labels(), " | ")
	text := map[survey.QuestionKind]string{
		survey.AskChoice:  "One of: " + labels,
		survey.AskScale:   "One of: " + labels,
		survey.AskStage:   "One of: " + labels,
		survey.AskMulti:   "One or more, separated by semicolons: " + labels,
		survey.AskFTE:     "Full-time equivalents, at most two decimals",
		survey.AskMoney:   "Pounds",
		survey.AskSources: "Pounds",
		survey.AskCount:   "A whole number",
		survey.AskText:    "Your own words",
	}[c.question.Kind]
	if c.part == "trl" {
		text = "1 to 9"
	}

	var or []string
	for _, status := range c.question.Allow {
		or = append(or, statusWords[status])
	}
	if len(or) > 0 {
		text += "; or: " + strings.Join(or, ", ")
	}
	return text + ". Blank is no answer, never 0"
}

// Form writes one company's form as a workbook with one question on each row.
// The import reads it as a list of answers. The error wraps survey.ErrNotFound
// for an unknown company or campaign.
func (e Exporter) Form(_ context.Context, cycle survey.Cycle, id survey.Identifier, w io.Writer) error {
	fail := func(err error) error { return fmt.Errorf("form of %s for %s: %w", id, cycle, err) }
	o, err := e.Registry.Organisation(id)
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

	// The first two rows say which organisation the answers are of.
	row("Identifier", "Your organisation's number in this survey", string(o.ID), "Please leave it as it is", nil)
	row("Company name", "Your organisation", o.Name, "Please leave it as it is: question q01 asks whether it is right", nil)

	_, answers := answerColumns(ask)
	for _, a := range answers {
		row(a.field(), a.asked(cycle), "", a.how(), a.offered())
	}
	row(string(sheet.FieldSharing), survey.SharingQuestion, "", "yes or no", sharingOptions)

	if _, err := book.WriteTo(w); err != nil {
		return fail(err)
	}
	return nil
}
