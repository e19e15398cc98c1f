package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store"
)

// Bounds on a request.
const (
	maxBody         = 256 << 10 // bytes of JSON about one thing
	maxBatchBody    = 8 << 20   // bytes of a JSON list
	maxUpload       = 65 << 20  // bytes of a form with a file
	maxParameters   = 16        // of a query
	maxHeaderBytes  = 32 << 10
	maxHeaderValues = 64
	maxKey          = 64 // characters of an Idempotency-Key
)

const idempotencyKey = "Idempotency-Key"

// contentPolicy is that of every answer but the documentation and the reports:
// a browser that opens an answer loads nothing for it.
const contentPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// Anyone is the role of the documentation's routes: they need no token, since
// they tell nothing about anybody.
const Anyone store.Permission = ""

const (
	maxSecret = 256 // bytes of a token
	// Authentication may fail this often at once from one network, and then once
	// in every interval.
	failureBurst    = 20
	failureInterval = time.Second
)

// server is the surface itself; the handlers have the rooms.
type server struct {
	log    *slog.Logger
	status Status
	tokens Tokens

	mux              *http.ServeMux
	byPattern        map[string]route // by the mux's pattern: the one table of roles
	failures         *middleware.Failures
	docs             documentation
	problemResponses map[int]*huma.Response // by status, for the document
}

// front returns the routes behind the checks of every surface and those of
// admit. Every refusal is a problem document.
func (s *server) front() http.Handler {
	return middleware.New(middleware.Options{
		Mux:      s.mux,
		Known:    func(pattern string) bool { _, known := s.byPattern[pattern]; return known },
		Methods:  []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"},
		Headers:  map[string]string{"Content-Security-Policy": contentPolicy},
		TLSOnly:  true,
		Address:  middleware.AddressRules{MaxParameters: maxParameters, Once: true},
		Header:   middleware.HeaderRules{MaxBytes: maxHeaderBytes, MaxValues: maxHeaderValues},
		Serve:    s.serve,
		Refuse:   refuse,
		LogPaths: true,
		Log:      s.log,
	})
}

// refuse answers a request that did not pass the checks of every surface.
func refuse(w http.ResponseWriter, r *http.Request, why middleware.Refusal) {
	code, happened := codeBadRequest, ""
	switch why {
	case middleware.AddressTooLong:
		code = codeURITooLong
	case middleware.PathCharacters:
		happened = "The path holds characters that no path of this API has"
	case middleware.HeadersTooLarge:
		code = codeHeaders
	case middleware.NoRoute:
		code = codeNoRoute
	case middleware.MethodNotAllowed:
		code = codeMethod
	case middleware.Broken:
		code = codeInternal
	default:
		happened = string(why)
	}
	writeProblem(w, r, newProblem(code, happened))
}

// serve calls the route's handler once admit lets the request pass.
func (s *server) serve(w http.ResponseWriter, r *http.Request, pattern string) {
	admitted, p := s.admit(w, r, s.byPattern[pattern])
	if p != nil {
		writeProblem(w, r, p)
		return
	}

	// The mux finds the route again, and sets the values of its path.
	s.mux.ServeHTTP(w, admitted)
}

// admit checks who asks and, of a request that changes something, its key and
// the headers of its body. It returns the request with its caller and its key
// in the context, or the problem that refuses it.
func (s *server) admit(w http.ResponseWriter, r *http.Request, to route) (*http.Request, *Problem) {
	ctx := r.Context()
	if to.role != Anyone {
		caller, p := s.authenticate(r)
		if p != nil {
			return nil, p
		}
		if p := authorise(caller, to.role); p != nil {
			return nil, p
		}
		ctx = context.WithValue(ctx, callerKey{}, caller)
	}

	// The body's headers come last: nothing about the body matters to a stranger.
	if slices.Contains(changing, r.Method) {
		key, p := requestKey(r.Header)
		if p != nil {
			return nil, p
		}
		w.Header().Set(idempotencyKey, key)
		ctx = context.WithValue(ctx, requestKeyKey{}, key)
		if p := checkBody(r, to.limit(), to.upload); p != nil {
			return nil, p
		}
	}

	admitted := r.WithContext(ctx)
	// There is one format, so huma must not choose by this header.
	admitted.Header.Del("Accept")
	admitted.Body = &timedBody{ReadCloser: r.Body, w: w}
	return admitted, nil
}

// authenticate returns the token that the request bears. The answer to a wrong
// token is the same as to a missing one. Failures beyond the network's
// allowance are 429. The allowance does not bind good tokens: many people share
// a trust's address, and a token is too long to be guessed.
func (s *server) authenticate(r *http.Request) (store.Token, *Problem) {
	values := r.Header.Values("Authorization")
	if len(values) == 1 {
		scheme, secret, _ := strings.Cut(values[0], " ")
		if strings.EqualFold(scheme, "Bearer") && secret != "" && len(secret) <= maxSecret {
			token, err := s.tokens.Authenticate(secret)
			switch {
			case err == nil:
				return token, nil
			case !errors.Is(err, store.ErrUnauthenticated):
				// Tokens that cannot be read are no failure of the caller, so the allowance stays.
				s.log.Error("authenticate", "error", err)
				return store.Token{}, problemOf(err, false)
			}
		}
	}

	// Only failures take from the allowance: a good token passes even when it is used up.
	if !s.failures.Fail(middleware.Network(r.RemoteAddr), time.Now()) {
		return store.Token{}, newProblem(codeTooMany, "")
	}
	return store.Token{}, newProblem(codeUnauthorised, "")
}

// changing are the methods whose requests have an Idempotency-Key.
var changing = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// requestKey returns the caller's Idempotency-Key, or a new one (UUID version
// 7) when there is none.
func requestKey(h http.Header) (string, *Problem) {
	values := h.Values(idempotencyKey)
	switch {
	case len(values) == 0:
		// A made key is returned in the answer, so that the caller can still retry with it.
		id, err := uuid.NewV7()
		if err != nil {
			return "", newProblem(codeInternal, "")
		}
		return id.String(), nil
	case len(values) > 1:
		return "", newProblem(codeBadRequest, "There is more than one Idempotency-Key")
	}

	key := values[0]
	// The key is sent back in a header, so it must be printable.
	printable := !strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' })
	if len(key) < 1 || len(key) > maxKey || !printable {
		happened := fmt.Sprintf("An Idempotency-Key has 1 to %d printable ASCII characters", maxKey)
		return "", newProblem(codeBadRequest, happened)
	}
	return key, nil
}

// checkBody refuses a body that is too large or of the wrong type by its
// headers. When they do not give a length, huma stops reading at the same
// limit.
func checkBody(r *http.Request, limit int64, upload bool) *Problem {
	if r.ContentLength == 0 {
		return nil
	}
	if r.ContentLength > limit {
		return newProblem(codeTooLarge, fmt.Sprintf("The body is larger than %d bytes", limit))
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return newProblem(codeMediaType, "")
	}

	// Without a type the body is taken as JSON; the parser decides.
	content := r.Header.Get("Content-Type")
	if content == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(content)
	if upload {
		if err != nil || kind != "multipart/form-data" {
			return newProblem(codeNotForm, "")
		}
		return nil
	}
	charset := params["charset"]
	if err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return newProblem(codeMediaType, "")
	}
	return nil
}

// fail turns an error of the rooms below into a problem. It logs the errors
// that only an operator can mend.
func (s *server) fail(ctx context.Context, r route, err error) *Problem {
	p := problemOf(err, r.writes())
	switch p.Code {
	case codeNoQuorum:
		// The registry knows only that it failed; the federation knows the missing members.
		q := s.status.FederationStatus().Quorum
		p = newProblem(codeNoQuorum, q.Shortage())
	case codeInternal:
		// A node that needs an upgrade fails in many ways, and only the upgrade helps.
		if s.status.NodeStatus().Registry.NeedsUpgrade {
			return newProblem(codeNeedsUpgrade, "")
		}
		s.log.ErrorContext(ctx, "request failed", "route", r.method+" "+r.path, "error", err)
	}
	return p
}

// timedBody takes the read deadline that huma sets for the body off the
// connection when the body is closed. Otherwise the deadline would end
// net/http's background read and cancel a claim that waits for a new leader.
type timedBody struct {
	io.ReadCloser
	w http.ResponseWriter
}

func (b *timedBody) Close() error {
	err := b.ReadCloser.Close()
	_ = http.NewResponseController(b.w).SetReadDeadline(time.Time{}) // not every writer has one
	return err
}
