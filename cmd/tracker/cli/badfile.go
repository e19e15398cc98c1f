package cli

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// FileFault marks a fault of a person's file: wrong input, nothing recorded.
func FileFault(err error) error { return &badFile{cause: err} }

type badFile struct{ cause error }

// Error says what is wrong and what to do.
func (e *badFile) Error() string {
	return fmt.Sprintf("%v. Nothing was recorded: correct the file and run it again", e.cause)
}

// Unwrap returns survey.ErrInvalid and the cause.
func (e *badFile) Unwrap() []error { return []error{survey.ErrInvalid, e.cause} }
