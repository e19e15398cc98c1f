package survey

import (
	"errors"
	"fmt"
)

// InvalidError is the error for input that is wrong. It wraps ErrInvalid.
type InvalidError struct {
	text string
}

// Invalid returns an *InvalidError. The format names the fault and the remedy, for the person who
// gave the input.
func Invalid(format string, args ...any) error {
	return &InvalidError{text: fmt.Sprintf(format, args...)}
}

// Error returns the detail behind the word of ErrInvalid.
func (e *InvalidError) Error() string { return ErrInvalid.Error() + ": " + e.text }

// Detail returns the fault, without the word of ErrInvalid.
func (e *InvalidError) Detail() string { return e.text }

// Unwrap returns ErrInvalid.
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// Detail returns the fault of the input in words for the person who gave it: those of the
// *InvalidError or *FaultyAnswers that err wraps, otherwise err's own text.
func Detail(err error) string {
	var wrong interface{ Detail() string }
	if errors.As(err, &wrong) {
		return wrong.Detail()
	}
	return err.Error()
}
