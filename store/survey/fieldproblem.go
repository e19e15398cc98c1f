package survey

import "strings"

// FieldProblem is one fault of a submitted field, or one value worth a second look. Message tells a
// person what to do; it never repeats the submitted value. Field is a question ("q03") or a part of
// one ("q07.equity").
type FieldProblem struct {
	Field   string `json:"field" cbor:"1,keyasint"`
	Code    string `json:"code" cbor:"2,keyasint"`
	Message string `json:"message" cbor:"3,keyasint"`
}

// Codes of field problems.
const (
	ProblemUnknownField = "unknown-field"
	ProblemTwice        = "given-twice"
	ProblemWrongType    = "wrong-type"
	ProblemNotNumber    = "not-a-number"
	ProblemUnknownCode  = "unknown-option"
	ProblemNotAllowed   = "not-allowed"
	ProblemNegative     = "negative"
	ProblemTooLarge     = "too-large"
	ProblemTooLong      = "too-long"
	ProblemInconsistent = "inconsistent"
)

// Codes of warnings: the answer is recorded, and a person should look again.
const (
	WarningLarge       = "type-it-again" // very large, or much more than last time
	WarningChanged     = "changed-much"  // staff against the last cycle
	WarningImplausible = "implausible"   // two answers that rarely go together
)

// FaultyAnswers is the error for answers that cannot be recorded. It wraps
// ErrInvalid and names every faulty field.
type FaultyAnswers struct {
	Problems []FieldProblem
}

// Error names the fields.
func (f *FaultyAnswers) Error() string { return ErrInvalid.Error() + ": " + f.Detail() }

// Detail names the fields, without the word of ErrInvalid.
func (f *FaultyAnswers) Detail() string {
	texts := mapped(f.Problems, func(p FieldProblem) string { return p.Field + ": " + p.Message })
	return strings.Join(texts, "; ")
}

// Unwrap returns ErrInvalid.
func (f *FaultyAnswers) Unwrap() error { return ErrInvalid }
