package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/store"
)

// Tokens are the API tokens of this node: store.People has them.
type Tokens interface {
	Authenticate(secret string) (store.Token, error)
	CreateToken(context.Context, store.NewToken) (token store.Token, secret string, err error)
	Tokens() ([]store.Token, error)
	DisableToken(ctx context.Context, id string, by uint64) error
}

// NewToken asks for a token. Without Expires it is good until it is disabled.
// A repeated request makes another token, since a secret is not kept to be
// shown again: disable the one that got lost.
type NewToken struct {
	Name    string           `json:"name" minLength:"1" maxLength:"100"`
	Role    store.Permission `json:"role"`
	Expires time.Time        `json:"expires,omitzero"`
}

// IssuedToken is a new token and its secret, which is shown this once.
type IssuedToken struct {
	store.Token
	Secret string `json:"secret"`
}

// permission lends the roles to the schemas, as the types in vocabulary.go do.
type permission string

// Schema lists the roles.
func (permission) Schema(huma.Registry) *huma.Schema { return enum(store.Permissions()...) }

type (
	tokensPage   struct{ Body Page[store.Token] }
	createToken  struct{ Body NewToken }
	tokenIssued  struct{ Body IssuedToken }
	disableToken struct {
		ID string `path:"id" maxLength:"64"`
	}
	nothingToSay struct{}
)

func (s *server) listTokens(context.Context, *nothingAsked) (*tokensPage, error) {
	tokens, err := s.tokens.Tokens()
	if err != nil {
		return nil, err
	}
	return &tokensPage{Body: page("tokens", tokens, "")}, nil
}

func (s *server) createToken(ctx context.Context, in *createToken) (*tokenIssued, error) {
	token, secret, err := s.tokens.CreateToken(ctx, store.NewToken{Name: in.Body.Name, Role: in.Body.Role, Expires: in.Body.Expires, By: caller(ctx).Actor})
	if err != nil {
		return nil, err
	}
	return &tokenIssued{Body: IssuedToken{Token: token, Secret: secret}}, nil
}

func (s *server) disableToken(ctx context.Context, in *disableToken) (*nothingToSay, error) {
	if err := s.tokens.DisableToken(ctx, in.ID, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return &nothingToSay{}, nil
}
