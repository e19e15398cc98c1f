package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const (
	problemContent = "application/problem+json"
	problemPrefix  = "/problems/"
	// maxFieldErrors bounds how many faulty fields one problem names: a list
	// of 5,000 wrong rows is still one readable answer.
	maxFieldErrors = 50
	maxFieldName   = 120
)

// Codes that are not refusals of the registry.
const (
	codeInvalid        = "invalid"
	codeNotFound       = "not-found"
	codeNoQuorum       = "no-quorum"
	codeUnknownOutcome = "unknown-outcome"
	codeForbidden      = "forbidden"
	codeStorageFull    = "storage-full"
	codeCoverage       = "coverage-not-met"
	codeBadRequest     = "bad-request"
	codeBadCursor      = "bad-cursor"
	codeUnauthorised   = "unauthorised"
	codeNoRoute        = "no-such-path"
	codeMethod         = "method-not-allowed"
	codeTooLarge       = "too-large"
	codeURITooLong     = "uri-too-long"
	codeHeaders        = "headers-too-large"
	codeMediaType      = "unsupported-media-type"
	codeNotForm        = "not-a-form"
	codeSlowBody       = "slow-body"
	codeTooMany        = "too-many-attempts"
	codeTimeout        = "timeout"
	codeInternal       = "internal"
	codeNeedsUpgrade   = "needs-upgrade"
	codeRegionsOld     = "regions-need-upgrade" // survey.RefusedNeedsUpgrade; needs-upgrade is this node alone
	codeClosing        = "closing"
	codeDiskFailed     = "disk-failed"
	codeOutOfService   = "out-of-service"
	codeTooManyStreams = "too-many-streams"
)

// FieldError names one faulty field of a request, such as "body.answers.q03",
// "query.limit" or "path.cycle", and the form that it should have. It never
// holds the value that was sent. Code is set for answers (survey.Problem*).
type FieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
}

// Problem is every error that the API answers with (RFC 9457). Type and Title
// belong to Code and never change for it; Detail says what happened, whether
// anything was recorded, and what to do next. Holder and Since are set when
// another region holds the company, Candidates when the organisation may be
// known already, Partial when totals were asked for more regions than are in.
type Problem struct {
	Type       string              `json:"type" example:"/problems/already-claimed"`
	Title      string              `json:"title"`
	Status     int                 `json:"status"`
	Detail     string              `json:"detail"`
	Instance   string              `json:"instance"`
	Code       string              `json:"code" example:"already-claimed"`
	Holder     survey.Region       `json:"holder,omitempty"`
	Since      time.Time           `json:"since,omitzero"`
	Candidates []survey.Identifier `json:"candidates,omitempty"`
	// Duplicates are the candidates with the reason for each.
	Duplicates []survey.PossibleDuplicate `json:"duplicates,omitempty"`
	Errors     []FieldError               `json:"errors,omitempty"`
	Partial    *survey.Totals             `json:"partial,omitempty"`

	retryAfter time.Duration
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns Retry-After when the problem passes by itself.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		// Whole seconds, rounded up: a retry must not come too early.
		h.Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="tracker"`)
	}
	return h
}

// ContentType makes every problem application/problem+json.
func (p *Problem) ContentType(string) string { return problemContent }

// newProblem returns the code's problem. An empty happened means the row's own
// words.
func newProblem(code, happened string) *Problem {
	row := rowOf(code)
	if happened == "" {
		happened = row.happened
	}
	return &Problem{
		Type: problemPrefix + row.code, Title: row.title, Status: row.status, Code: row.code,
		Detail: survey.Sentence(happened) + " " + row.next, retryAfter: row.retry,
	}
}

// invalidField returns the problem of one faulty field.
func invalidField(field, message string) *Problem {
	return newProblem(codeInvalid, "").with(FieldError{Field: field, Message: message})
}

// with adds faulty fields, at most maxFieldErrors of them.
func (p *Problem) with(faults ...FieldError) *Problem {
	for _, f := range faults {
		if len(p.Errors) == maxFieldErrors {
			break
		}
		f.Field = survey.Clip(f.Field, maxFieldName)
		p.Errors = append(p.Errors, f)
	}
	return p
}

// coverageError is the error of totals when Require is not met.
type coverageError interface {
	error
	Partial() survey.Totals
}

// problemOf returns the problem of an error of the rooms below. Binding says
// whether the request may have changed something: then a request that ran out of
// time is an unknown outcome. Errors without a row become "internal", without
// their text.
func problemOf(err error, binding bool) *Problem {
	var (
		problem  *Problem
		refusal  *survey.Refusal
		coverage coverageError
		faulty   *survey.FaultyAnswers
	)
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &refusal):
		return refusalProblem(refusal)
	case errors.As(err, &coverage):
		partial := wholeTotals(coverage.Partial())
		p := newProblem(codeCoverage, fmt.Sprintf("%d of %d regions are in the totals, fewer than you require",
			partial.Coverage.Included, partial.Coverage.Of))
		p.Partial = &partial
		return p
	case errors.As(err, &faulty):
		p := newProblem(codeInvalid, "")
		for _, f := range faulty.Problems {
			p.with(FieldError{Field: "body.answers." + f.Field, Code: f.Code, Message: f.Message})
		}
		return p
	}

	// Text of other rooms reaches people only for these two codes: it says what to correct.
	for _, row := range problems {
		if row.is != nil && errors.Is(err, row.is) {
			if row.code == codeInvalid || row.code == codeNotFound {
				return newProblem(row.code, scrubbed(err))
			}
			return newProblem(row.code, "")
		}
	}

	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		if binding {
			return newProblem(codeUnknownOutcome, "")
		}
		return newProblem(codeTimeout, "")
	}
	return newProblem(codeInternal, "")
}

func refusalProblem(r *survey.Refusal) *Problem {
	happened := r.Detail
	switch {
	case r.Holder != "" && !r.Since.IsZero():
		since := r.Since.UTC().Format("2 January 2006")
		happened = fmt.Sprintf("%s has held this company since %s", r.Holder.Name(), since)
	case r.Holder != "":
		happened = fmt.Sprintf("%s holds this company", r.Holder.Name())
	}

	code := string(r.Code)
	switch r.Code {
	case survey.RefusedNeedsUpgrade:
		code = codeRegionsOld
	case survey.RefusedTableChanged:
		code = string(survey.RefusedNoTable)
	case survey.RefusedNothingStands:
		code, happened = string(survey.RefusedNotReporting), happened+" (absent)"
	}

	p := newProblem(code, happened)
	p.Holder, p.Since, p.Candidates, p.Duplicates = r.Holder, r.Since, r.Candidates, r.Duplicates
	return p
}

// quoted finds text that an error message repeats from the request (%q).
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// scrubbed returns the error's words without the values that were sent.
func scrubbed(err error) string {
	return quoted.ReplaceAllString(err.Error(), "…")
}

// writeProblem answers with p outside huma, where the mux and the middleware
// refuse a request.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	p.Instance = r.URL.EscapedPath()
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemContent)

	body, err := json.Marshal(p)
	if err != nil { // cannot happen: the struct holds only plain values
		body = []byte(`{}`)
	}

	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(append(body, '\n'))
	}
}

// ProblemError is a problem as a client sees it: errors.Is finds the survey
// sentinel and errors.As the *survey.Refusal that the problem stands for.
type ProblemError struct {
	Problem Problem
	cause   error
}

// Error returns the problem's detail.
func (e *ProblemError) Error() string { return e.Problem.Detail }

// Unwrap returns the sentinel or refusal behind the problem, nil for problems
// of HTTP alone.
func (e *ProblemError) Unwrap() error { return e.cause }

// ErrorFromProblem turns a problem that a node answered with back into the
// error that it stands for. The result is a *ProblemError. A code from a newer
// node keeps its words and has no cause.
func ErrorFromProblem(p Problem) error {
	err := &ProblemError{Problem: p}
	row, known := byCode[p.Code]
	switch {
	case !known:
	case row.refusal:
		// The API has its own code for this refusal: needs-upgrade says that this node itself is
		// old.
		code := survey.RefusalCode(p.Code)
		if p.Code == codeRegionsOld {
			code = survey.RefusedNeedsUpgrade
		}
		err.cause = &survey.Refusal{Code: code, Detail: p.Detail, Holder: p.Holder, Since: p.Since,
			Candidates: p.Candidates, Duplicates: p.Duplicates}
	default:
		err.cause = row.is
	}
	return err
}

// ParseProblem reads the body of an answer that is not 2xx. A body that is not
// a problem (a proxy's page) gives one with the status alone.
func ParseProblem(status int, body []byte) Problem {
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil || p.Code == "" {
		return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status,
			Detail: fmt.Sprintf("The node answered %d %s without saying why. Is this the address of a tracker node?",
				status, http.StatusText(status))}
	}
	p.Status = status
	return p
}
