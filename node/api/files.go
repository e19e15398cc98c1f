package api

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"time"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Content types of files.
const (
	jsonContent     = "application/json"
	csvContent      = "text/csv; charset=utf-8"
	workbookContent = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

const (
	maxMapping  = 64 << 10 // bytes of a mapping
	maxFileName = 200      // characters
	// uploadTimeout bounds how long a file may take to arrive.
	uploadTimeout = 5 * time.Minute
)

// download sets the headers of a file that is to be saved.
func download(w http.ResponseWriter, content, name string) {
	w.Header().Set("Content-Type", content)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// firstWrite sets the headers at the first byte, so that an error before it is
// still a problem.
type firstWrite struct {
	to            http.ResponseWriter
	content, name string
	begun         bool
}

// Write implements io.Writer.
func (f *firstWrite) Write(p []byte) (int, error) {
	if !f.begun {
		download(f.to, f.content, f.name)
		f.begun = true
	}
	return f.to.Write(p)
}

// answerJSON answers outside huma.
func answerJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", jsonContent)
	return jsonFormat().Marshal(w, v)
}

// answerBytes answers with a text as it is: a file of proof that was read and
// written again would not verify.
func answerBytes(w http.ResponseWriter, text []byte) error {
	w.Header().Set("Content-Type", jsonContent)
	_, err := w.Write(text)
	return err
}

// openForm begins to read a form of at most limit bytes. It may take
// uploadTimeout to arrive.
func openForm(w http.ResponseWriter, r *http.Request, limit int64) (*multipart.Reader, error) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTimeout)) // not every writer has one

	// huma's own limit does not cover a handler that reads the body itself.
	form, err := (&http.Request{Header: r.Header, Body: http.MaxBytesReader(w, r.Body, limit)}).MultipartReader()
	if err != nil {
		return nil, newProblem(codeNotForm, "")
	}
	return form, nil
}

// readForm reads the parts of a form in the order in which they come and calls
// take with the file as it arrives. The mapping has to come before the file:
// the list has its name and mapping when take is called.
func readForm(w http.ResponseWriter, r *http.Request, list *sheet.List, take func(file io.Reader) error) error {
	form, err := openForm(w, r, maxUpload)
	if err != nil {
		return err
	}

	taken := false
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return brokenForm(err)
		}
		switch {
		case part.FormName() == "map" && !taken:
			if list.Saved, err = readMapping(part); err != nil {
				return err
			}
		case part.FormName() == "file" && !taken:
			list.Name = fileName(part)
			taken = true
			if err := take(part); err != nil {
				return importProblem(err)
			}
		default:
			return newProblem(codeBadRequest, "The form holds a part besides one map and one file after it")
		}
	}

	if !taken {
		return newProblem(codeBadRequest, "The form has no part file")
	}
	return nil
}

func readMapping(part io.Reader) (sheet.Saved, error) {
	// One byte more than allowed, so that the parser refuses a mapping that is cut.
	text, err := io.ReadAll(io.LimitReader(part, maxMapping+1))
	if err != nil {
		return sheet.Saved{}, brokenForm(err)
	}

	// Editors on Windows put a byte order mark before UTF-8.
	saved, err := sheet.ParseSaved(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if err != nil {
		return sheet.Saved{}, invalidField("form.map", err.Error())
	}
	return saved, nil
}

// fileName returns a name for messages: it leads to no place on any disk.
func fileName(part *multipart.Part) string {
	name := survey.CleanName(filepath.Base(part.FileName()))
	if name == "" || name == "." {
		name = "the list"
	}
	return survey.Clip(name, maxFileName)
}

func brokenForm(err error) error {
	// The limit ends a body in the middle, which looks like a broken form.
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return newProblem(codeTooLarge, "")
	}
	return newProblem(codeBadRequest, "The form cannot be read to its end")
}

// importProblem says where in the list the fault is. The list belongs to the
// person who sent it, so its words may come back.
func importProblem(err error) error {
	var placed *sheet.Error
	switch {
	case errors.As(err, &placed) && errors.Is(err, sheet.ErrLimit):
		return newProblem(codeTooLarge, "In "+placed.Error())
	case errors.As(err, &placed):
		return newProblem(codeInvalid, "In "+placed.Error())
	case errors.Is(err, survey.ErrInvalid):
		return newProblem(codeInvalid, plainWords(err))
	}
	return err
}

func plainWords(err error) string {
	text := err.Error()
	if rest, ok := bytes.CutPrefix([]byte(text), []byte(survey.ErrInvalid.Error()+": ")); ok {
		return string(rest)
	}
	return text
}
