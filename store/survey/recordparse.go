package survey

import (
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a record.
const (
	maxFieldText = 200 // characters, where the field says nothing else
	maxWords     = 20  // of a list
	maxWord      = 60  // characters of one of them
	maxOwnFields = 20
)

// Codes of problems that only records have.
const ProblemMissing = "missing"

// ownField matches the fields that a region adds for itself: its code, a point
// and a name, such as "otv.lep". They never count in anything.
var ownField = regexp.MustCompile(`^([a-z]{2,8})\.[a-z][a-z0-9_]{0,39}$`)

// readOnly are members that a record shows beside its fields. A record that was read from the node
// may be sent back with them; they change nothing.
var readOnly = []string{"id", "kind", "version", "deleted", "retention",
	"recorded_by", "recorded_at", "created_at", "recorded_for"}

// ParseRecord reads the fields of a record from the JSON object that the API
// takes. Amounts are read exactly; null and "" are left out. The problems name
// every faulty field in the order of the kind's fields and never repeat a
// value. The error wraps ErrInvalid and is for input that is no such object.
func ParseRecord(t RecordType, region Region, data []byte) (Record, []FieldProblem, error) {
	root, err := readTree(data)
	if err != nil {
		return Record{}, nil, err
	}

	p := &recordParser{kind: t, region: region}
	given := make(map[string]node, len(root.members))
	for _, m := range root.members {
		if m.twice {
			p.add(m.name, ProblemTwice, "it is given more than once")
		}
		given[m.name] = m.value
	}

	record, problems := p.parse(given)
	return record, problems, nil
}

// ParseRecordCells reads the fields of a record from cells in plain form:
// dates as YYYY-MM-DD, numbers with a point and without separators, words
// separated by semicolons. Empty cells are left out.
func ParseRecordCells(t RecordType, region Region, cells []RecordCell) (Record, []FieldProblem) {
	p := &recordParser{kind: t, region: region}
	given := make(map[string]node, len(cells))
	for _, c := range cells {
		if c.Text == "" {
			continue
		}
		if _, twice := given[c.Field]; twice {
			p.add(c.Field, ProblemTwice, "it is given more than once")
		}
		given[c.Field] = node{kind: '"', text: c.Text}
	}
	return p.parse(given)
}

type recordParser struct {
	answersParser
	kind   RecordType
	region Region
}

func (p *recordParser) parse(given map[string]node) (Record, []FieldProblem) {
	// With room for the cycle, where that follows from a date.
	r := Record{Kind: p.kind.Kind, Values: make([]RecordValue, 0, len(given)+1)}
	taken := 0
	for _, f := range p.kind.Fields {
		v, ok := given[f.Name]
		if !ok {
			continue
		}
		taken++
		if value, ok := p.field(f, v); ok {
			r.Values = append(r.Values, value)
		}
	}

	// Only then are there names that the kind does not have.
	if taken < len(given) {
		r.Values = append(r.Values, p.others(given)...)
	}
	p.finish(&r)
	return r, p.problems
	// Sorted, so that the problems come in the same order every time.
}

// others reads the region's own fields and refuses unknown names.
func (p *recordParser) others(given map[string]node) []RecordValue {
	var values []RecordValue
	for _, name := range slices.Sorted(maps.Keys(given)) {
		_, known := p.kind.Field(name)
		if known || slices.Contains(readOnly, name) || slices.Contains(p.kind.Computed(), name) {
			continue
		}

		own := ownField.FindStringSubmatch(name)
		if own == nil || Region(own[1]) != p.region {
			p.add(shownField(name), ProblemUnknownField,
				fmt.Sprintf("%s have no such field; a region's own begin with its code: %s.name", p.kind.Kind, p.region))
			continue
		}

		if value, ok := p.field(RecordField{Name: name, Kind: FieldText}, given[name]); ok {
			values = append(values, value)
		}
	}

	if len(values) > maxOwnFields {
		p.add(values[maxOwnFields].Field, ProblemTooLong,
			fmt.Sprintf("a record has at most %d fields of the region's own", maxOwnFields))
	}
	return values
}

// finish fills in the cycle, asks for the required fields and checks the record as a whole.
func (p *recordParser) finish(r *Record) {
	faulty := func(name string) bool {
		return slices.ContainsFunc(p.problems, func(f FieldProblem) bool { return f.Field == name })
	}

	if from := p.kind.CycleFrom; from != "" {
		if day := r.Text(from); day != "" {
			p.cycle(r, from, CycleOf(day))
		}
	}

	for _, f := range p.kind.Fields {
		if _, given := r.Value(f.Name); f.Required && !given && !faulty(f.Name) {
			p.add(f.Name, ProblemMissing, "it is needed: "+f.Label)
		}
	}

	// One faulty field would often bring a second problem here.
	if p.kind.check != nil && len(p.problems) == 0 {
		p.problems = append(p.problems, p.kind.check(*r)...)
	}
}

func (p *recordParser) cycle(r *Record, from string, cycle Cycle) {
	given := r.Cycle()
	switch {
	case cycle == "":
		p.add(from, ProblemNotAllowed, "the day lies in no cycle of the survey")
	case given == "":
		// The cycle takes its place in the order of the kind's fields.
		after := 0
		for _, f := range p.kind.Fields {
			if f.Name == fieldCycle {
				break
			}
			if _, given := r.Value(f.Name); given {
				after++
			}
		}
		r.Values = slices.Insert(r.Values, after, RecordValue{Field: fieldCycle, Text: string(cycle)})
	case given != cycle:
		p.add(fieldCycle, ProblemInconsistent, fmt.Sprintf("the day in %s lies in another cycle", from))
	}
}

// CycleOf returns the cycle in which the day (YYYY-MM-DD) lies, empty if it
// lies in none.
func CycleOf(day string) Cycle {
	date, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}

	year := date.Year()
	// A cycle begins on 1 April.
	if date.Month() < time.April {
		year--
	}

	if year < firstCycleYear || year > lastCycleYear {
		return ""
	}
	return newCycle(year)
}

// field reads one field. It returns false when it was left out or a problem
// was added.
func (p *recordParser) field(f RecordField, v node) (RecordValue, bool) {
	value := RecordValue{Field: f.Name}
	if v.kind == 'n' || v.kind == '"' && strings.TrimSpace(v.text) == "" || v.kind == '[' && len(v.members) == 0 {
		return value, false
	}

	ok := false
	switch f.Kind {
	case FieldYesNo:
		value.Number, ok = p.yesNo(f, v)
	case FieldCount:
		value.Number, ok = p.number(f, v, parseWhole, "write a whole number")
	case FieldMoney:
		value.Number, ok = p.number(f, v, parseHundredths, "write pounds with digits and at most two decimals")
	case FieldFTE:
		value.Number, ok = p.number(f, v, parseHundredths, "write the number of posts with digits and at most two decimals")
	case FieldDecimal:
		value.Number, ok = p.number(f, v, parseHundredths, "write a number with digits and at most two decimals")
	case FieldWords:
		value.List, ok = p.words(f, v)
	default:
		value.Text, ok = p.plain(f, v)
	}
	return value, ok
}

func (p *recordParser) yesNo(f RecordField, v node) (int64, bool) {
	word := strings.ToLower(strings.TrimSpace(v.text))
	switch {
	case v.kind == 't' && v.text == "true", v.kind == '"' && slices.Contains([]string{"yes", "y", "true", "1"}, word):
		return 1, true
	case v.kind == 't', v.kind == '"' && slices.Contains([]string{"no", "n", "false", "0"}, word):
		return 0, true
	}
	p.add(f.Name, ProblemWrongType, "give yes or no")
	return 0, false
}

func (p *recordParser) number(f RecordField, v node, parse func(string) (int64, error), message string) (int64, bool) {
	if v.kind != '0' && v.kind != '"' {
		p.add(f.Name, ProblemWrongType, message)
		return 0, false
	}

	n, err := parse(v.text)
	switch {
	case err != nil:
		p.add(f.Name, ProblemNotNumber, message)
	case n < 0:
		p.add(f.Name, ProblemNegative, "it cannot be less than 0")
	case f.Maximum > 0 && n > f.Maximum:
		p.add(f.Name, ProblemTooLarge, "it is larger than anything plausible: check the unit")
	default:
		return n, true
	}
	return 0, false
}

// parseWhole reads digits, also "7.0" as spreadsheets write whole numbers.
func parseWhole(s string) (int64, error) {
	n, err := parseHundredths(s)
	if err != nil || n%100 != 0 {
		return 0, fmt.Errorf("%w: write a whole number", ErrInvalid)
	}
	return n / 100, nil
}

func (p *recordParser) words(f RecordField, v node) ([]string, bool) {
	var texts []string
	switch v.kind {
	case '"':
		texts = strings.Split(v.text, ";")
	case '[':
		for _, m := range v.members {
			if m.value.kind != '"' {
				p.add(f.Name, ProblemWrongType, "give a list of texts")
				return nil, false
			}
			texts = append(texts, m.value.text)
		}
	default:
		p.add(f.Name, ProblemWrongType, "give a list of texts")
		return nil, false
	}

	var list []string
	for _, text := range texts {
		word := CleanName(text)
		if word == "" || slices.Contains(list, word) {
			continue
		}
		if len(f.Options) > 0 {
			code, ok := p.option(f, word)
			if !ok {
				return nil, false
			}
			word = code
		}

		if utf8.RuneCountInString(word) > maxWord || len(list) == maxWords {
			p.add(f.Name, ProblemTooLong, fmt.Sprintf("give at most %d words of %d characters", maxWords, maxWord))
			return nil, false
		}
		list = append(list, word)
	}
	return list, len(list) > 0
}

// plain reads the kinds that are kept as text.
func (p *recordParser) plain(f RecordField, v node) (string, bool) {
	if v.kind != '"' {
		p.add(f.Name, ProblemWrongType, "give text")
		return "", false
	}

	text := strings.TrimSpace(v.text)
	most := int64(maxFieldText)
	if f.Maximum > 0 {
		most = f.Maximum
	}

	if int64(utf8.RuneCountInString(text)) > most {
		p.add(f.Name, ProblemTooLong, fmt.Sprintf("use at most %d characters", most))
		return "", false
	}

	switch f.Kind {
	case FieldChoice:
		return p.option(f, text)
	case FieldRegion:
		return p.regionCode(f, text)
	case FieldArea:
		return p.area(f, text)
	case FieldDate:
		return p.date(f, text)
	case FieldCycle:
		cycle, err := ParseCycle(text)
		if err != nil {
			p.add(f.Name, ProblemWrongType, "write a cycle as 2019-20, from 2013-14 on")
		}
		return string(cycle), err == nil
	case FieldOrganisation:
		id, err := ParseIdentifier(text)
		if err != nil {
			p.add(f.Name, ProblemWrongType, "write an identifier as "+identifierForm)
		}
		return string(id), err == nil
	case FieldEmail:
		// A name before the address would be personal data in the wrong field.
		address, err := mail.ParseAddress(text)
		if err != nil || address.Name != "" || address.Address != text {
			p.add(f.Name, ProblemWrongType, "write an e-mail address as name@example.org")
			return "", false
		}
		return text, true
	}

	// The other kinds have a form of their own, which allows no control characters.
	return p.printable(f.Name, text)
}

func (p *recordParser) option(f RecordField, text string) (string, bool) {
	code, ok := optionCode(f.Options, text)
	if !ok {
		p.add(f.Name, ProblemUnknownCode, "give one of "+strings.Join(codesOf(f.Options), ", "))
	}
	return code, ok
}

func (p *recordParser) regionCode(f RecordField, text string) (string, bool) {
	if code, ok := optionCode(f.Options, text); ok {
		return code, true
	}
	region, ok := RegionNamed(text)
	if !ok {
		p.add(f.Name, ProblemUnknownCode, "give the code or the name of a region")
	}
	return string(region), ok
}

func (p *recordParser) date(f RecordField, text string) (string, bool) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1990 || day.Year() > 2099 {
		p.add(f.Name, ProblemWrongType, "write a day as 2023-03-31, from 1990 to 2099")
		return "", false
	}
	return text, true
}

// optionCode finds an option by its code or its label, whatever the case.
func optionCode(options []Option, text string) (string, bool) {
	o, ok := first(options, func(o *Option) bool {
		return strings.EqualFold(o.Code, text) || strings.EqualFold(o.Label, text)
	})
	return o.Code, ok
}

func codesOf(options []Option) []string {
	return mapped(options, func(o Option) string { return o.Code })
}
