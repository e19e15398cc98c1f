package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

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

type (
	callerKey     struct{}
	requestKeyKey struct{}
)

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
				s.log.Error("authenticate", "error", err)
				return store.Token{}, problemOf(err, false)
			}
		}
	}

	if !s.failures.Fail(middleware.Network(r.RemoteAddr), time.Now()) {
		return store.Token{}, newProblem(codeTooMany, "")
	}
	return store.Token{}, newProblem(codeUnauthorised, "")
}

// authorise refuses callers below the route's role.
func authorise(caller store.Token, minimum store.Permission) *Problem {
	if !caller.Role.Includes(minimum) {
		return newProblem(codeForbidden, fmt.Sprintf("This needs the role %s; yours is %s", minimum, caller.Role))
	}
	return nil
}

// caller returns the token that admit put into the context.
func caller(ctx context.Context) store.Token {
	token, _ := ctx.Value(callerKey{}).(store.Token)
	return token
}

// request identifies the command for retries. The caller's number is part of
// the id, so that two people who choose the same key do not get each other's
// outcome.
func request(ctx context.Context) survey.Request {
	actor := caller(ctx).Actor
	key, _ := ctx.Value(requestKeyKey{}).(string)
	return survey.Request{
		ID:    middleware.RequestID("tracker-request/1", strconv.FormatUint(actor, 10), key),
		Actor: actor,
	}
}
