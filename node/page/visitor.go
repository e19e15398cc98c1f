package page

import (
	"context"
	"net/http"

	"github.com/ahsn-network/tracker/store"
)

// By notes in the request who asks.
func By(r *http.Request, v Visitor) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
}

type visitorKey struct{}

// Visitor is who asks.
type Visitor struct {
	Name  string
	Role  store.Permission
	Actor uint64
}

// VisitorOf returns who asks, nobody if they did not sign in.
func VisitorOf(r *http.Request) Visitor {
	v, _ := r.Context().Value(visitorKey{}).(Visitor)
	return v
}

// May reports whether the visitor has at least the role.
func (v Visitor) May(role store.Permission) bool { return v.Role.Includes(role) }
