package middleware

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

const (
	maxFormKeys = 500
	// textControls are the control characters of plain text.
	textControls = "\n\r\t"
)

// Errors of ReadForm.
var (
	ErrFormTooLarge   = errors.New("the form is too large")
	ErrFormUnreadable = errors.New("the form cannot be read")
)

// ReadForm reads a form of at most limit bytes within BodyReadTimeout, with
// its files if it may have any. Values that are not UTF-8 or hold control
// characters, other than those of plain text, are refused here once.
func ReadForm(w http.ResponseWriter, r *http.Request, limit int64, files bool) error {
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Now().Add(BodyReadTimeout)) // not every writer has one
	defer func() { _ = controller.SetReadDeadline(time.Time{}) }()
	r.Body = http.MaxBytesReader(w, r.Body, limit)

	var err error
	if files && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = r.ParseMultipartForm(limit)
	} else {
		err = r.ParseForm()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return ErrFormTooLarge
	case err != nil || len(r.PostForm) > maxFormKeys:
		return ErrFormUnreadable
	}

	for name, values := range r.PostForm {
		for _, text := range append([]string{name}, values...) {
			if Unclean(text, textControls) {
				return ErrFormUnreadable
			}
		}
	}
	return nil
}
