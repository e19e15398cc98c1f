package survey

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// These match the names of editions and of their questions, metrics and options. A region's own
// question begins with the region's code and a point, as its own fields of records do.
var (
	questionnaireName = regexp.MustCompile(`^nq-[1-9][0-9]{0,2}$`)
	definitionsName   = regexp.MustCompile(`^md-[1-9][0-9]{0,2}$`)
	questionName      = regexp.MustCompile(`^q[0-9]{2,3}$`)
	metricName        = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)
	optionName        = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
)

const maxQuestions = 200

// units are those of the kinds of questions that are answered with numbers.
var units = map[QuestionKind]Unit{AskFTE: UnitFTE, AskMoney: UnitPence, AskSources: UnitPence, AskCount: ""}

// Own reports whether the question is a region's own, as otv.lep: it is asked
// and kept, and no figure is ever made of it.
func (id QuestionID) Own() bool {
	own := ownField.FindStringSubmatch(string(id))
	if own == nil {
		return false
	}
	_, err := ParseRegion(own[1])
	return err == nil
}

// complete adds the options that a questionnaire's file leaves to the software.
func (q *Questionnaire) complete() {
	for i := range q.Questions {
		if q.Questions[i].OptionsFrom == "regions" {
			q.Questions[i].Options = append(regionOptions(), q.Questions[i].Options...)
		}
	}
}

// check refuses a questionnaire that could not be asked or answered.
func (q Questionnaire) check() error {
	wrong := faults("questionnaire " + clip(q.ID))
	switch {
	case !questionnaireName.MatchString(q.ID):
		return wrong("its id is nq- and a number")
	case strings.TrimSpace(q.Title) == "":
		return wrong("it has no title")
	case len(q.Questions) == 0 || len(q.Questions) > maxQuestions:
		return wrong("it has %d questions, of 1 to %d", len(q.Questions), maxQuestions)
	}

	seen := map[QuestionID]bool{}
	for _, question := range q.Questions {
		if problem := question.problem(); problem != "" {
			return wrong("question %s: %s", clip(string(question.ID)), problem)
		}
		if seen[question.ID] {
			return wrong("question %s stands in it twice", question.ID)
		}
		seen[question.ID] = true
	}

	// Rules are national: they cannot depend on a question that one region asks.
	for _, rule := range q.Rules {
		for _, id := range append(slices.Clone(rule.Sum), rule.AtMost) {
			if !seen[id] || id.Own() {
				return wrong("a rule is about %s, which is not one of its national questions", clip(string(id)))
			}
		}
		if len(rule.Sum) == 0 || rule.Message == "" {
			return wrong("a rule adds up nothing, or says nothing")
		}
	}
	return nil
}

// problem says why a question cannot be asked, "" if it can.
func (q Question) problem() string {
	unit, numeric := units[q.Kind]
	chosen := slices.Contains([]QuestionKind{AskChoice, AskMulti, AskSources, AskStage, AskScale}, q.Kind)
	switch {
	case !questionName.MatchString(string(q.ID)) && !q.ID.Own():
		return "its id is q and two or three digits, " +
			"or a region's code, a point and a name for a question of the region's own"
	case !numeric && !chosen && q.Kind != AskText:
		return "its kind is not known"
	case strings.TrimSpace(q.Text) == "":
		return "it asks nothing"
	case q.Core && q.ID.Own():
		return "a region's own question decides nothing national: it cannot be a core one"
	case numeric && q.Kind != AskCount && q.Unit != unit:
		return fmt.Sprintf("its unit is %s", unit)
	case (numeric || q.Kind == AskText) && q.Maximum <= 0:
		return "it has no maximum"
	case chosen && len(q.Options) == 0 && q.OptionsFrom == "":
		return "it has no options"
	case q.OptionsFrom != "" && q.OptionsFrom != "regions":
		return "its options come from nowhere known: only from regions"
	case q.ID == stageQuestion && q.Kind != AskStage, q.ID == supportQuestion && q.Kind != AskMulti:
		return "a breakdown is made of it: its kind stays what it is in " + CurrentQuestionnaire
	}

	seen := map[string]bool{}
	for _, o := range q.Options {
		if !optionName.MatchString(o.Code) || o.Label == "" || seen[o.Code] {
			return fmt.Sprintf("option %s has no code, no label, or stands there twice", clip(o.Code))
		}
		seen[o.Code] = true
	}

	for _, status := range q.Allow {
		if status != AnswerDontKnow && status != AnswerRefused && status != AnswerNotApplicable {
			return fmt.Sprintf("it allows %s, which is no answer", clip(string(status)))
		}
	}
	return ""
}

func (d Definitions) wrong(format string, with ...any) error {
	return faults("definitions "+clip(d.ID))(format, with...)
}

// check refuses definitions that could not be counted, or that would make
// figures of a region's own questions.
func (d Definitions) check() error {
	if !definitionsName.MatchString(d.ID) {
		return d.wrong("their id is md- and a number")
	}

	// Stored and derived metrics stand in the same tables, so their names must differ.
	seen := map[string]bool{}
	for _, m := range slices.Concat(d.Metrics, d.Derived) {
		switch {
		case !metricName.MatchString(m.ID) || seen[m.ID]:
			return d.wrong("metric %s is no name, or stands there twice", clip(m.ID))
		case m.Label == "" || m.Unit == "":
			return d.wrong("metric %s has no label or no unit", m.ID)
		case m.Question.Own():
			return d.wrong("metric %s is made of %s, a region's own question: those are never national", m.ID, m.Question)
		}
		seen[m.ID] = true
	}

	for _, m := range d.Derived {
		if m.Formula == nil {
			return d.wrong("derived metric %s has no formula", m.ID)
		}
		for _, of := range m.Formula.Of {
			if !seen[of] {
				return d.wrong("derived metric %s is made of %s, which there is not", m.ID, clip(of))
			}
		}
	}
	return d.checkBreakdowns()
}

// against refuses metrics of questions that the questionnaire does not ask, and options that are no
// key of their breakdown.
func (d Definitions) against(asked Questionnaire) error {
	for _, m := range d.Metrics {
		if m.Question == "" {
			continue
		}

		question, known := asked.Question(m.Question)
		switch {
		case !known:
			return d.wrong("metric %s is made of %s, which %s does not ask", m.ID, clip(string(m.Question)), asked.ID)
		case m.Part != "" && !slices.Contains(codesOf(question.Options), m.Part):
			return d.wrong("metric %s is made of the part %s, which %s does not have", m.ID, clip(m.Part), m.Question)
		}
	}

	for _, dimension := range []Dimension{ByStage, BySupport} {
		if code := d.undeclared(dimension, asked); code != "" {
			return d.wrong("%s of %s offers %s, which is no key of the breakdown by %s: "+
				"declare all its keys under \"breakdowns\", as {\"%s\": [{\"code\": ..., \"label\": ...}]}",
				declarable[dimension], asked.ID, code, dimension, dimension)
		}
	}
	return nil
}
