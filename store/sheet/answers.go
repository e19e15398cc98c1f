package sheet

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// AnswerColumns says which column of a list holds the answer to which question or part of a
// question.
type AnswerColumns struct {
	Mapping // of the organisation
	ask     survey.Questionnaire
	cycle   survey.Cycle
	saved   Saved
	targets []answerTarget // by column
	sharing int            // column of the company's word on sharing, -1 without one
}

// answerTarget is a question, one of its parts (a source, "trl"), or one of
// its options that has a column of its own to be ticked.
type answerTarget struct {
	question survey.QuestionID
	part     string
	tick     bool
}

func (t answerTarget) String() string {
	if t.part == "" {
		return string(t.question)
	}
	return string(t.question) + "." + t.part
}

// Columns that survey tools add. Microsoft Forms writes the person who answered into "Name" and
// "Email", so these are not the organisation.
var (
	formsColumns = []string{"starttime", "completiontime"}
	toolColumns  = []string{"id", "starttime", "completiontime", "email", "name", "lastmodifiedtime", "submitdate",
		"lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr", "refurl"}
)

// RecognizeAnswers finds the columns of a list of answers with one row for each organisation: our
// own template, Microsoft Forms (questions as headers, several options in one cell) and LimeSurvey
// (codes or questions as headers, parts and options in columns of their own, as q07[equity]). It
// returns an error for a list without a question or without a column that names the organisation,
// for two columns with the same answer, and for a mapping that names columns or fields that do not
// exist.
func RecognizeAnswers(ask survey.Questionnaire, cycle survey.Cycle, header []string, saved Saved) (
	AnswerColumns, error) {
	c := AnswerColumns{ask: ask, cycle: cycle, saved: saved, sharing: -1, targets: make([]answerTarget, len(header)),
		Mapping: Mapping{columns: map[Field]int{}, header: slices.Clone(header)}}
	if err := saved.check(header); err != nil {
		return c, err
	}

	known := c.spellings()
	forms := slices.ContainsFunc(header, func(h string) bool { return slices.Contains(formsColumns, foldHeader(h)) })
	taken, questions := map[string]int{}, 0
	for i, name := range header {
		target, field, err := c.recognise(name, known, forms)
		if err != nil {
			return c, err
		}

		label := whoLabel(field)
		if target.question != "" {
			label = target.String()
			questions++
		}

		if label == "" {
			continue
		}
		if before, twice := taken[label]; twice {
			return c, ambiguous(header, before, i, label, orMap)
		}

		taken[label] = i
		if field == FieldSharing {
			c.sharing = i
		} else if field != "" {
			c.columns[field] = i
		}
		c.targets[i] = target
	}

	switch {
	case questions == 0:
		return c, fmt.Errorf("no column holds a question of %s: name them q01, q02, ... or by the questions' words, "+
			"or say in a mapping which they are (the columns are %s)", ask.ID, quoteAll(header))
	case !c.named():
		return c, unnamed(header, ", or say in a mapping which it is")
	}
	return c, nil
}

// spellings returns the folded headers under which each answer may stand.
func (c AnswerColumns) spellings() map[string]answerTarget {
	known := map[string]answerTarget{}
	for _, q := range c.ask.Questions {
		for _, base := range []string{string(q.ID), q.Asked(c.cycle), string(q.ID) + q.Asked(c.cycle)} {
			base = foldHeader(base)
			known[base] = answerTarget{question: q.ID}
			for _, o := range q.Options {
				if q.Kind == survey.AskSources || q.Kind == survey.AskMulti {
					target := answerTarget{question: q.ID, part: o.Code, tick: q.Kind == survey.AskMulti}
					known[base+foldHeader(o.Code)], known[base+foldHeader(o.Label)] = target, target
				}
			}
			if q.Kind == survey.AskStage {
				known[base+"stage"] = answerTarget{question: q.ID}
				known[base+"trl"] = answerTarget{question: q.ID, part: "trl"}
			}
		}
	}
	return known
}

func (c AnswerColumns) recognise(header string, known map[string]answerTarget, forms bool) (
	answerTarget, Field, error) {
	folded := foldHeader(header)

	// The person's own mapping wins over all names.
	if named, ok := c.saved.column(header); ok {
		if named == ignore {
			return answerTarget{}, "", nil
		}
		if target, ok := known[foldHeader(named)]; ok {
			return target, "", nil
		}
		if field, ok := fieldNamed(named); ok {
			return answerTarget{}, field, nil
		}
		if named == string(FieldSharing) {
			return answerTarget{}, FieldSharing, nil
		}
		return answerTarget{}, "", fmt.Errorf("the mapping gives column %s the field %s, which %s does not have",
			quote(header), quote(named), c.ask.ID)
	}

	// Without a mapping the header is compared with the questions, then with the columns that
	// survey tools add, and last with the names of the organisation's fields.
	if target, ok := known[folded]; ok {
		return target, "", nil
	}
	if folded == string(FieldSharing) || folded == foldHeader(survey.SharingQuestion) {
		return answerTarget{}, FieldSharing, nil
	}
	if slices.Contains(toolColumns, folded) && (forms || folded != "name") {
		return answerTarget{}, "", nil
	}
	if field, ok := fieldOf(header, spellings); ok && slices.Contains(whoFields, field) {
		return answerTarget{}, field, nil
	}
	return answerTarget{}, "", nil
}

// Questionnaire returns the questions whose answers the columns hold.
func (c AnswerColumns) Questionnaire() survey.Questionnaire { return c.ask }

// Ignored returns the columns that hold nothing of use here, in the file's order.
func (c AnswerColumns) Ignored() []string { return ignored(c.header, c.Fields()) }

// Fields returns the field of each column, "" for those that hold nothing of use here.
func (c AnswerColumns) Fields() []string {
	fields := make([]string, len(c.targets))
	for i, t := range c.targets {
		if t.question != "" {
			fields[i] = t.String()
		}
	}

	for field, column := range c.columns {
		fields[column] = whoLabel(field)
	}
	if c.sharing >= 0 {
		fields[c.sharing] = string(FieldSharing)
	}
	return fields
}

// Sharing reads whether the company lets others see its answers. A blank cell is
// survey.SharingUnasked.
func (c AnswerColumns) Sharing(row Row) (survey.Sharing, []Problem) {
	if c.sharing < 0 || c.sharing >= len(row.Cells) {
		return survey.SharingUnasked, nil
	}

	text := strings.TrimSpace(row.Cells[c.sharing])
	said, ok := survey.ParseSharing(foldHeader(c.saved.value(string(FieldSharing), text)))
	if !ok {
		neither := row.Problem(c.header[c.sharing], Refused, "%s is neither yes nor no", quote(text))
		return survey.SharingUnasked, []Problem{neither}
	}
	return said, nil
}

// Answers reads one row. A blank cell is no answer, never 0. After a problem of severity Refused
// the answers must not be used.
func (c AnswerColumns) Answers(row Row) (survey.Answers, []Problem) {
	problems := slices.Clone(row.Problems)
	object := map[string]any{}

	for _, q := range c.ask.Questions {
		value, faults := c.answer(q, row)
		problems = append(problems, faults...)
		if value != nil {
			object[string(q.ID)] = value
		}
	}
	if AnyRefused(problems) {
		return survey.Answers{}, problems
	}

	// The API's own parser reads the cells, so a list is checked as any other answers are.
	text, err := json.Marshal(object)
	if err != nil {
		return survey.Answers{}, append(problems, row.Problem("", Refused, "%v", err))
	}
	answers, faults, err := survey.ParseAnswers(c.ask, text)
	if err != nil {
		return survey.Answers{}, append(problems, row.Problem("", Refused, "%s", survey.Detail(err)))
	}

	for _, f := range faults {
		problems = append(problems, row.Problem(c.columnOf(f.Field), Refused, "%s", f.Message))
	}
	return answers, problems
}

// Problem returns a problem or warning about an answer, at its column.
func (c AnswerColumns) Problem(row Row, severity Severity, f survey.FieldProblem) Problem {
	return row.Problem(c.columnOf(f.Field), severity, "%s", f.Message)
}

func (c AnswerColumns) columnOf(field string) string {
	for i, t := range c.targets {
		if t.question != "" && (t.String() == field || string(t.question) == field) {
			return c.header[i]
		}
	}
	return field
}

// answer puts the cells of one question into the form of the API. It returns nil if all are blank.
func (c AnswerColumns) answer(q survey.Question, row Row) (any, []Problem) {
	var problems []Problem
	var whole any
	parts, ticks := map[string]any{}, []any{}

	for i, t := range c.targets {
		if t.question != q.ID || i >= len(row.Cells) {
			continue
		}

		// A mapping may give other words for the values of a part, or of the whole question.
		text := strings.TrimSpace(Unescape(strings.TrimSpace(row.Cells[i])))
		if text = c.saved.value(t.String(), c.saved.value(string(q.ID), text)); text == "" {
			continue
		}

		value, err := answerValue(q, t, text)
		switch {
		case err != nil:
			problems = append(problems, row.Problem(c.header[i], Refused, "%v", err))
		case t.tick && value == true:
			ticks = append(ticks, t.part)
		case t.tick:
		case t.part != "":
			parts[t.part] = value
		default:
			whole = value
		}
	}

	// A question with parts becomes an object, one with options to tick a list, all others a single
	// value.
	switch {
	case len(ticks) > 0:
		return ticks, problems
	case q.Kind == survey.AskStage && whole != nil && parts["trl"] != nil && !statusWord(whole):
		return map[string]any{"stage": whole, "trl": parts["trl"]}, problems
	case q.Kind == survey.AskStage && whole == nil && parts["trl"] != nil:
		return parts, problems
	case q.Kind == survey.AskSources && len(parts) > 0:
		return parts, problems
	}
	return whole, problems
}

// statusWord reports whether a value stands for no answer.
func statusWord(value any) bool {
	text, ok := value.(string)
	return ok && slices.Contains(noAnswers, survey.AnswerStatus(text))
}

var noAnswers = []survey.AnswerStatus{survey.AnswerDontKnow, survey.AnswerRefused, survey.AnswerNotApplicable}

// statusWords are the words with which people say that they give no value, folded.
var statusWords = map[string]survey.AnswerStatus{
	"dontknow": survey.AnswerDontKnow, "donotknow": survey.AnswerDontKnow, "dk": survey.AnswerDontKnow,
	"notknown": survey.AnswerDontKnow, "notsure": survey.AnswerDontKnow, "unknown": survey.AnswerDontKnow,
	"refused": survey.AnswerRefused, "prefernottosay": survey.AnswerRefused,
	"notapplicable": survey.AnswerNotApplicable, "na": survey.AnswerNotApplicable,
}

// leadingPoint matches an option of a scale that begins with its number.
var leadingPoint = regexp.MustCompile(`^([0-9])\s*[-–:.(].*$`)

// answerValue puts one cell into the form of the API.
func answerValue(q survey.Question, t answerTarget, text string) (any, error) {
	if status, ok := statusWords[foldHeader(text)]; ok && q.Allows(status) && !t.tick {
		return string(status), nil
	}

	if t.tick {
		return ticked(q, t, text)
	}

	switch q.Kind {
	case survey.AskChoice:
		return optionOf(q, text)
	case survey.AskStage:
		if t.part == "trl" {
			return wholeNumber(text)
		}
		return optionOf(q, text)
	case survey.AskMulti:
		return optionsOf(q, text)
	case survey.AskFTE, survey.AskMoney, survey.AskSources:
		if q.Kind == survey.AskSources && t.part == "" {
			return nil, fmt.Errorf("give each source a column of its own, such as %s.%s", q.ID, q.Options[0].Code)
		}
		return Number(text, 2)
	case survey.AskCount:
		return wholeNumber(text)
	case survey.AskScale:
		if m := leadingPoint.FindStringSubmatch(text); m != nil {
			text = m[1]
		}
		if n, err := wholeNumber(text); err == nil {
			return n, nil
		}
		return optionOf(q, text)
	}
	return text, nil
}

func wholeNumber(text string) (json.Number, error) {
	plain, err := Number(text, 0)
	return json.Number(plain), err
}

func optionOf(q survey.Question, text string) (string, error) {
	for _, o := range q.Options {
		if foldHeader(o.Code) == foldHeader(text) || foldHeader(o.Label) == foldHeader(text) {
			return o.Code, nil
		}
	}
	if region, ok := survey.RegionNamed(text); ok && q.OptionsFrom == "regions" {
		return string(region), nil // by a name that it had earlier
	}
	return "", fmt.Errorf("%s is not one of the options of %s (%s)", quote(text), q.ID, optionList(q))
}

func optionList(q survey.Question) string {
	codes := make([]string, len(q.Options))
	for i, o := range q.Options {
		codes[i] = o.Code
	}
	return strings.Join(codes, ", ")
}

// optionsOf reads several options from one cell, separated by semicolons or, without any, by
// commas. One option may contain a comma.
func optionsOf(q survey.Question, text string) ([]any, error) {
	if code, err := optionOf(q, text); err == nil {
		return []any{code}, nil
	}

	// A comma may belong to an option, so it separates only if there is no semicolon.
	separator := ";"
	if !strings.Contains(text, separator) {
		separator = ","
	}

	var codes []any
	for _, piece := range strings.Split(text, separator) {
		if strings.TrimSpace(piece) == "" {
			continue
		}
		code, err := optionOf(q, strings.TrimSpace(piece))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(codes, any(code)) {
			codes = append(codes, code)
		}
	}
	return codes, nil
}

// ticked reads a column that belongs to one option.
func ticked(q survey.Question, t answerTarget, text string) (bool, error) {
	option, _ := q.Option(t.part)
	switch folded := foldHeader(text); folded {
	case "yes", "y", "1", "x", "true", foldHeader(option.Label), foldHeader(option.Code):
		return true, nil
	case "no", "n", "0", "false", "na":
		return false, nil
	}

	if text == "✓" {
		return true, nil
	}
	return false, fmt.Errorf("%s is neither yes nor no", quote(text))
}
