package survey

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RecordKind names one kind of record that a region keeps beside the answers. It is the same word
// in paths, in lists and on the command line. Records never leave the region's node; the cells
// counted from them do.
type RecordKind string

const (
	RecordContacts       RecordKind = "contacts"
	RecordInnovations    RecordKind = "innovations"
	RecordEngagements    RecordKind = "engagements"
	RecordInteractions   RecordKind = "interactions"
	RecordPartnerships   RecordKind = "partnerships"
	RecordAdoptions      RecordKind = "adoptions"
	RecordProgrammes     RecordKind = "programmes"
	RecordMeasures       RecordKind = "measures"
	RecordSafetyMeasures RecordKind = "safety-measures"
	RecordStakeholders   RecordKind = "stakeholder-results"
	RecordFunding        RecordKind = "funding"
	RecordChases         RecordKind = "chases"
	RecordAssignments    RecordKind = "assignments"
	RecordNotes          RecordKind = "notes"
	RecordAreas          RecordKind = "areas"
	RecordReported       RecordKind = "reported"
	RecordBaseline       RecordKind = "baseline"
)

// RecordKinds returns every kind in the order in which menus list them.
func RecordKinds() []RecordKind {
	return mapped(recordTypes, func(t RecordType) RecordKind { return t.Kind })
}

// FieldKind is the kind of value in a field of a record, and the way in which it is written.
type FieldKind string

const (
	FieldText         FieldKind = "text"
	FieldEmail        FieldKind = "email"
	FieldChoice       FieldKind = "choice"
	FieldWords        FieldKind = "words" // a list of short texts
	FieldDate         FieldKind = "date"  // YYYY-MM-DD
	FieldCycle        FieldKind = "cycle"
	FieldOrganisation FieldKind = "organisation" // an identifier
	FieldArea         FieldKind = "area"         // an ICB's, a LEP's or the region's own code, or a name of its list
	FieldRegion       FieldKind = "region"       // a code; any name of a region is taken for it
	FieldYesNo        FieldKind = "yes_no"
	FieldCount        FieldKind = "count"
	FieldMoney        FieldKind = "money"   // pounds, two decimals; kept as pence
	FieldFTE          FieldKind = "fte"     // posts, two decimals; kept as hundredths
	FieldDecimal      FieldKind = "decimal" // at most two decimals; kept as hundredths
)

// RecordField is one field of a kind of record. Maximum is the greatest number
// (in the unit in which it is kept), or the most characters of a text.
// Spellings are other names of its column in people's sheets, in lower case
// without spaces.
type RecordField struct {
	Name      string
	Label     string
	Kind      FieldKind
	Required  bool
	Options   []Option
	Maximum   int64
	Spellings []string
}

// Retention says how long a kind of record is kept.
type Retention string

const (
	// About a person: erased on request, reviewed three years after the last contact.
	RetentionPersonal  Retention = "personal"
	RetentionProgramme Retention = "programme" // six years after its cycle
	RetentionFigures   Retention = "figures"   // for good: the figures rest on it
)

// RecordType describes one kind of record. CycleFrom names the date that a missing cycle follows
// from. OnePer allows one record for each organisation and cycle: adding another makes a new
// version of it. check returns the problems between fields, computed the fields that are made from
// others, count the record's contributions to the region's figures by the current definitions, and
// supports reports whether the record shows that the region supported the organisation.
type RecordType struct {
	Kind      RecordKind
	Label     string
	Retention Retention
	Fields    []RecordField
	CycleFrom string
	OnePer    bool
	computed  func(Record) []RecordValue
	check     func(Record) []FieldProblem
	count     func(Record) []Contribution
	supports  func(Record) bool
}

// RecordTypeOf returns the type of a kind, or an error wrapping ErrNotFound.
// The value shares its slices with other callers: read only.
func RecordTypeOf(kind RecordKind) (RecordType, error) {
	if t, known := first(recordTypes, func(t *RecordType) bool { return t.Kind == kind }); known {
		return t, nil
	}
	return RecordType{}, fmt.Errorf("%w: records of the kind %q", ErrNotFound, clip(string(kind)))
}

// Field returns the field with that name, false if the kind has none.
func (t RecordType) Field(name string) (RecordField, bool) {
	return first(t.Fields, func(f *RecordField) bool { return f.Name == name })
}

// Computed returns the names of the fields that are made from others.
func (t RecordType) Computed() []string {
	if t.computed == nil {
		return nil
	}
	return mapped(t.computed(Record{Kind: t.Kind}), func(v RecordValue) string { return v.Field })
}

// RecordValue is the value of one field: Text for texts, options, dates,
// cycles and identifiers; Number for numbers in the unit in which they are
// kept and for yes (1) and no (0); List for words.
type RecordValue struct {
	Field  string   `cbor:"1,keyasint"`
	Text   string   `cbor:"2,keyasint,omitempty"`
	Number int64    `cbor:"3,keyasint,omitempty"`
	List   []string `cbor:"4,keyasint,omitempty"`
}

// Record is one version of one record. Values come in the order of the kind's
// fields, the region's own fields last; a field that was left out is not among
// them. Actor recorded this version at At, the first one was recorded at
// Created. Deleted records are kept, with their history, until they are
// erased. Organisation follows merges; RecordedFor is the identifier under
// which it was recorded, when that was merged into Organisation later.
type Record struct {
	ID          string
	Kind        RecordKind
	Version     uint64
	Values      []RecordValue
	RecordedFor Identifier
	Deleted     bool
	Actor       uint64
	At          time.Time
	Created     time.Time
}

// Value returns the value of a field, false if it was left out.
func (r Record) Value(field string) (RecordValue, bool) {
	return first(r.Values, func(v *RecordValue) bool { return v.Field == field })
}

// Text returns a field's text, empty if it was left out.
func (r Record) Text(field string) string {
	v, _ := r.Value(field)
	return v.Text
}

// Number returns a field's number, false if it was left out.
func (r Record) Number(field string) (int64, bool) {
	v, ok := r.Value(field)
	return v.Number, ok
}

// Organisation returns the organisation that the record is about, empty for
// kinds that are about none.
func (r Record) Organisation() Identifier { return Identifier(r.Text(fieldOrganisation)) }

// Cycle returns the cycle that the record belongs to, empty for kinds without.
func (r Record) Cycle() Cycle { return Cycle(r.Text(fieldCycle)) }

// Names of fields that mean the same in every kind.
const (
	fieldOrganisation = "organisation"
	fieldCycle        = "cycle"
	fieldTags         = "tags"
	fieldNote         = "note"
)

// Computed returns the fields that are made from the others, in their order.
func (r Record) Computed() []RecordValue {
	if t, err := RecordTypeOf(r.Kind); err == nil && t.computed != nil {
		return t.computed(r)
	}
	return nil
}

// Contributions returns the record's contributions to the region's figures, none for a deleted
// record.
func (r Record) Contributions() []Contribution {
	if t, err := RecordTypeOf(r.Kind); err == nil && t.count != nil && !r.Deleted {
		return t.count(r)
	}
	return nil
}

// Supports reports whether the record shows that the region supported the
// organisation in the record's cycle.
func (r Record) Supports() bool {
	t, err := RecordTypeOf(r.Kind)
	return err == nil && t.supports != nil && !r.Deleted && t.supports(r)
}

// With returns a copy of the record in which the field has another text.
func (r Record) With(field, text string) Record {
	r.Values = slices.Clone(r.Values)
	for i := range r.Values {
		if r.Values[i].Field == field {
			r.Values[i].Text = text
			return r
		}
	}
	r.Values = append(r.Values, RecordValue{Field: field, Text: text})
	return r
}

// MarshalJSON returns the record as the API shows it: id, kind and version, its fields, the
// computed ones, then the person's number and the times. Amounts are pounds and posts with two
// decimals.
func (r Record) MarshalJSON() ([]byte, error) {
	t, err := RecordTypeOf(r.Kind)
	if err != nil {
		return nil, fmt.Errorf("write a record: %w", err)
	}

	out := fmt.Appendf(nil, `{"id":%q,"kind":%q,"version":%d`, r.ID, r.Kind, r.Version)

	// Cloned, so that appending never writes into the caller's values.
	for _, v := range append(slices.Clone(r.Values), r.Computed()...) {
		out = fmt.Appendf(out, ",%q:", v.Field)
		field, known := t.Field(v.Field)
		// No table lists the computed fields and the region's own.
		if !known {
			field.Kind = kindOfOwn(t, v)
		}
		if out, err = v.append(out, field.Kind); err != nil {
			return nil, err
		}
	}

	if r.RecordedFor != "" {
		out = fmt.Appendf(out, `,"recorded_for":%q`, r.RecordedFor)
	}
	if r.Deleted {
		out = append(out, `,"deleted":true`...)
	}
	out = fmt.Appendf(out, `,"retention":%q,"recorded_by":%d,"recorded_at":%q,"created_at":%q}`,

		t.Retention, r.Actor, r.At.UTC().Format(time.RFC3339), r.Created.UTC().Format(time.RFC3339))
	return out, nil
}

// kindOfOwn is the kind of a field that the table does not list: computed ones
// are yes or no unless they are a text, the region's own ones texts.
func kindOfOwn(t RecordType, v RecordValue) FieldKind {
	if v.Text == "" && slices.Contains(t.Computed(), v.Field) {
		return FieldYesNo
	}
	return FieldText
}

func (v RecordValue) append(out []byte, kind FieldKind) ([]byte, error) {
	switch kind {
	case FieldYesNo:
		return strconv.AppendBool(out, v.Number != 0), nil
	case FieldCount:
		return strconv.AppendInt(out, v.Number, 10), nil
	case FieldMoney, FieldFTE:
		return append(out, decimal(v.Number)...), nil
	case FieldDecimal:
		return append(out, shortDecimal(v.Number)...), nil
	case FieldWords:
		return appendJSON(out, v.List)
	}
	return appendJSON(out, v.Text)
}

// Cell returns the value as a cell of a sheet holds it: yes and no, numbers
// with a point, words separated by semicolons.
func (v RecordValue) Cell(kind FieldKind) string {
	switch kind {
	case FieldYesNo:
		return YesNo(v.Number != 0)
	case FieldCount:
		return strconv.FormatInt(v.Number, 10)
	case FieldMoney, FieldFTE:
		return decimal(v.Number)
	case FieldDecimal:
		return shortDecimal(v.Number)
	case FieldWords:
		return strings.Join(v.List, "; ")
	}
	return v.Text
}

// shortDecimal leaves out decimals that are none.
func shortDecimal(hundredths int64) string {
	return strings.TrimSuffix(decimal(hundredths), ".00")
}

// RecordID makes the id of a record from the parts that tell it from others: the request that adds
// it, the imported row, or the organisation and cycle that may have only one. It has the form of a
// UUID.
func RecordID(kind RecordKind, parts ...string) string {
	text := appendPart(make([]byte, 0, 512), "tracker-record/1")
	text = appendPart(text, string(kind))
	for _, part := range parts {
		text = appendPart(text, part)
	}

	sum := sha256.Sum256(text)
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8: made by the application's own rule

	// The text is no longer needed, so the id takes its memory.
	id := text[:0]
	for i, b := range sum[:16] {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			id = append(id, '-')
		}
		id = hex.AppendEncode(id, []byte{b})
	}
	return string(id)
}

// appendPart writes a part with its length before it, so that no two lists of
// parts read alike.
func appendPart(text []byte, part string) []byte {
	text = strconv.AppendInt(text, int64(len(part)), 10)
	text = append(text, '\n')
	return append(text, part...)
}

// RefusedStaleVersion: the record has changed since the version that the
// caller read.
const RefusedStaleVersion RefusalCode = "stale-version"

// RecordCell is one cell of a sheet that becomes a field: the typed text, in the plain form of the
// field's kind.
type RecordCell struct {
	Field string
	Text  string
}
