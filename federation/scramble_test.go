package federation_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

// mark begins every word that must never leave the node.
const mark = "localword"

// figured are the fields of records that figures are made of, by kind: with
// them a record is put where it counts. Every other field of every kind is
// scrambled, so that a new field is covered by itself.
var figured = map[survey.RecordKind][]string{
	survey.RecordEngagements:    {"organisation", "date", "cycle", "category"},
	survey.RecordInteractions:   {"organisation", "date", "cycle", "channel", "two_way", "minutes", "bespoke_output", "meaningful_override", "meaningful_reason"},
	survey.RecordPartnerships:   {"organisation", "starts", "cycle", "partner_kind", "months", "ends"},
	survey.RecordAdoptions:      {"organisation", "date", "cycle", "sites", "sites_qualifier", "sites_basis", "patients", "patients_qualifier", "patients_basis"},
	survey.RecordMeasures:       {"cycle", "programme", "name", "value", "value_qualifier", "value_basis"},
	survey.RecordSafetyMeasures: {"cycle", "programme", "name", "value", "value_qualifier", "value_basis"},
	survey.RecordStakeholders:   {"cycle", "question", "answered", "positive", "group"},
	survey.RecordFunding:        {"cycle", "amount", "amount_qualifier", "amount_basis"},
}

// named are fields of which only that they are there makes figures, not what
// they say.
var named = map[survey.RecordKind]string{survey.RecordInteractions: "innovation"}

// scrambler makes what one run records. What is published comes of the fixed
// source, the same in every run; all the rest of the local one.
type scrambler struct {
	t     *testing.T
	seed  uint64
	fixed *rand.Rand
	local *rand.Rand
	words int
}

func newScrambler(t *testing.T, seed uint64) *scrambler {
	return &scrambler{t: t, seed: seed, fixed: rand.New(rand.NewPCG(1, 1)), local: rand.New(rand.NewPCG(seed, 2))}
}

func (s *scrambler) word() string {
	s.words++
	return fmt.Sprintf("%s%dx%d", mark, s.seed, s.words)
}

// record returns one record of the kind that the vocabulary takes: tries until
// the rules between its fields hold.
func (s *scrambler) record(kind survey.RecordType, region survey.Region, about []survey.Identifier) survey.Record {
	s.t.Helper()
	made := s.local.Uint64()
	if figured[kind.Kind] != nil {
		made = s.fixed.Uint64()
	}
	for range 1000 {
		fixed := rand.New(rand.NewPCG(made, 3))
		made++
		fields := map[string]any{string(region) + ".note": s.word()}
		for _, f := range kind.Fields {
			from := s.local
			if slices.Contains(figured[kind.Kind], f.Name) {
				from = fixed
			}
			there := from
			if f.Name == named[kind.Kind] {
				there = fixed
			}
			if !f.Required && there.IntN(8) == 0 {
				continue
			}
			fields[f.Name] = s.value(f, from, from == s.local, about)
		}
		text, err := json.Marshal(fields)
		if err != nil {
			s.t.Fatal(err)
		}
		record, problems, err := survey.ParseRecord(kind, region, text)
		if err != nil {
			s.t.Fatal(err)
		}
		if s.onlyLocal(kind.Kind, problems) {
			made-- // the same published fields again, with others beside them
			continue
		}
		if len(problems) == 0 {
			record.ID = survey.RecordID(kind.Kind, s.word())
			return record
		}
	}
	s.t.Fatalf("no record of the kind %s could be made: its rules leave nothing", kind.Kind)
	return survey.Record{}
}

// onlyLocal reports whether all problems are about fields that are not
// published: the others are the same in every run and must stay so.
func (s *scrambler) onlyLocal(kind survey.RecordKind, problems []survey.FieldProblem) bool {
	return len(problems) > 0 && !slices.ContainsFunc(problems, func(p survey.FieldProblem) bool { return slices.Contains(figured[kind], p.Field) })
}

// value makes one field's value. A published text is of a few plain ones.
func (s *scrambler) value(f survey.RecordField, from *rand.Rand, local bool, about []survey.Identifier) any {
	switch f.Kind {
	case survey.FieldChoice:
		return f.Options[from.IntN(len(f.Options))].Code
	case survey.FieldWords:
		return []string{s.word(), s.word()}
	case survey.FieldEmail:
		return s.word() + "@example.org"
	case survey.FieldDate:
		return fmt.Sprintf("2022-%02d-%02d", 4+from.IntN(9), 1+from.IntN(28))
	case survey.FieldCycle:
		if local {
			return []string{"2019-20", "2021-22", "2022-23"}[from.IntN(3)]
		}
		return string(federationtest.Cycle)
	case survey.FieldOrganisation:
		return about[from.IntN(len(about))]
	case survey.FieldArea:
		return "otv." + s.word()
	case survey.FieldRegion:
		return survey.Regions()[from.IntN(len(survey.Regions()))].Region
	case survey.FieldYesNo:
		return from.IntN(2) == 0
	case survey.FieldCount, survey.FieldMoney, survey.FieldFTE, survey.FieldDecimal:
		return from.IntN(9) + 1
	}
	if !local {
		return []string{"patients", "pincer", "locations"}[from.IntN(3)]
	}
	return s.word()
}

// own is what the region adds for itself: questions of every kind, areas, and a
// stakeholders' survey that no definitions name; all scrambled.
func (s *scrambler) own(region survey.Region) *survey.Editions {
	s.t.Helper()
	options := []survey.Option{{Code: s.word(), Label: s.word()}, {Code: s.word(), Label: s.word()}}
	edition := survey.OwnEdition{ID: "own-1", Region: region, Areas: []survey.Option{{Code: string(region) + "." + s.word(), Label: s.word()}}}
	for i, kind := range []survey.QuestionKind{survey.AskText, survey.AskChoice, survey.AskMulti, survey.AskFTE, survey.AskMoney, survey.AskCount, survey.AskScale} {
		q := survey.Question{ID: survey.QuestionID(fmt.Sprintf("%s.%s%d", region, mark, i)), Kind: kind, Text: s.word(), Maximum: 1000, Options: options,
			Allow: []survey.AnswerStatus{survey.AnswerDontKnow}}
		switch kind {
		case survey.AskFTE:
			q.Unit = survey.UnitFTE
		case survey.AskMoney:
			q.Unit = survey.UnitPence
		}
		edition.Questions = append(edition.Questions, q)
	}
	statements := survey.Stakeholders{ID: "ss-2", Title: s.word(), Statements: []survey.Option{{Code: s.word(), Label: s.word()}}}
	known := survey.NewEditions(region)
	for _, content := range []any{edition, statements} {
		text, err := json.Marshal(content)
		if err != nil {
			s.t.Fatal(err)
		}
		more, err := known.Check(text)
		if err != nil {
			s.t.Fatal(err)
		}
		known = known.With(more)
	}
	return known
}

// answers makes complete answers. Whatever the definitions do not count, nor
// the breakdowns and the rules of counting look at, is scrambled, question by
// question.
func (s *scrambler) answers(known *survey.Editions, region survey.Region) []byte {
	s.t.Helper()
	n := s.fixed.IntN(900) + 100
	fields := map[string]any{
		"q01": "yes", "q02": []survey.Region{region}, "q03": 20, "q04": 5, "q05": 2.5, "q06": 1,
		"q07": map[string]int{"equity": 1000 * n}, "q08": n, "q09": n / 2, "q10": n % 7, "q12": n % 3, "q14": 1 + n%5,
		"q11": map[string]any{"stage": "spread", "trl": 9}, "q13": []string{"pricing"},
	}
	q, err := known.Questionnaire(survey.CurrentQuestionnaire)
	if err != nil {
		s.t.Fatal(err)
	}
	was := s.counts(q, fields)
	for _, question := range q.Questions {
		for _, other := range s.others(question) {
			before, had := fields[string(question.ID)]
			fields[string(question.ID)] = other
			if s.counts(q, fields) == was {
				break
			}
			if fields[string(question.ID)] = before; !had {
				delete(fields, string(question.ID))
			}
		}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// others are other answers to a question, in the order in which they are tried.
func (s *scrambler) others(q survey.Question) []any {
	var out []any
	switch q.Kind {
	case survey.AskText:
		return []any{s.word()}
	case survey.AskStage:
		for _, trl := range s.local.Perm(9) {
			out = append(out, map[string]any{"stage": "spread", "trl": trl + 1})
		}
	case survey.AskChoice:
		for _, at := range s.local.Perm(len(q.Options)) {
			out = append(out, q.Options[at].Code)
		}
	case survey.AskMulti:
		for _, at := range s.local.Perm(len(q.Options)) {
			out = append(out, []string{q.Options[at].Code})
		}
	default:
		out = append(out, s.local.IntN(20), "dont_know")
	}
	return out
}

// counts is all that the vocabulary says of answers.
func (s *scrambler) counts(q survey.Questionnaire, fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		s.t.Fatal(err)
	}
	a, problems, err := survey.ParseAnswers(q, text)
	if err != nil {
		s.t.Fatal(err)
	}
	faults, _ := q.Validate(a, nil)
	definitions, err := survey.DefinitionsByID(survey.CurrentDefinitions)
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprint(definitions.Contributions(a), a.Stage(), a.Support(), q.Complete(a), survey.NotSupported(a), problems, faults)
}
