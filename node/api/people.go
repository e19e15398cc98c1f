package api

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/ahsn-network/tracker/store"
)

// Tokens are the API tokens of this node: store.People has them.
type Tokens interface {
	Authenticate(secret string) (store.Token, error)
	CreateToken(context.Context, store.NewToken) (token store.Token, secret string, err error)
	Tokens() ([]store.Token, error)
	DisableToken(ctx context.Context, id string, by uint64) error
}

// Users are the people who sign in to the pages: store.People has them.
type Users interface {
	AddUser(context.Context, store.NewUser) (store.User, error)
	Users() ([]store.User, error)
	DisableUser(ctx context.Context, id string, by uint64) error
	SetPassword(ctx context.Context, id, password string, by uint64) error
}

// NewToken asks for a token. Without Expires it is good until it is disabled.
// A repeated request makes another token, since the node keeps no secret to
// show it again: disable the one that got lost.
type NewToken struct {
	Name    string           `json:"name" minLength:"1" maxLength:"100"`
	Role    store.Permission `json:"role"`
	Expires time.Time        `json:"expires,omitzero"`
}

// IssuedToken is a new token with its secret. No other answer has the secret.
type IssuedToken struct {
	store.Token
	Secret string `json:"secret"`
}

// NewUser asks for a person. Without a password one is made, and shown once.
type NewUser struct {
	Name     string           `json:"name" minLength:"1" maxLength:"100"`
	Role     store.Permission `json:"role"`
	Password string           `json:"password,omitempty" maxLength:"256"`
}

// AddedUser is a new person, with the password if the node made it.
type AddedUser struct {
	store.User
	NewPassword string `json:"new_password,omitempty"`
}

type (
	tokensPage   struct{ Body Page[store.Token] }
	createToken  struct{ Body NewToken }
	tokenIssued  struct{ Body IssuedToken }
	disableToken struct {
		ID string `path:"id" maxLength:"64"`
	}
	addUser     struct{ Body NewUser }
	userAdded   struct{ Body AddedUser }
	usersPage   struct{ Body Page[store.User] }
	disableUser struct {
		ID string `path:"id" maxLength:"64"`
	}
	setPassword struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Password string `json:"password,omitempty" maxLength:"256"`
		}
	}
	passwordSet struct {
		Body struct {
			NewPassword string `json:"new_password,omitempty"`
		}
	}
)

// tokenHandlers issue and disable API tokens.
type tokenHandlers struct{ tokens Tokens }

func (h tokenHandlers) list(context.Context, *nothingAsked) (*tokensPage, error) {
	tokens, err := h.tokens.Tokens()
	if err != nil {
		return nil, err
	}
	return &tokensPage{Body: page("tokens", tokens, "")}, nil
}

func (h tokenHandlers) create(ctx context.Context, in *createToken) (*tokenIssued, error) {
	token, secret, err := h.tokens.CreateToken(ctx, store.NewToken{
		Name: in.Body.Name, Role: in.Body.Role, Expires: in.Body.Expires, By: caller(ctx).Actor,
	})
	if err != nil {
		return nil, err
	}

	return &tokenIssued{Body: IssuedToken{Token: token, Secret: secret}}, nil
}

func (h tokenHandlers) disable(ctx context.Context, in *disableToken) (*nothingToSay, error) {
	if err := h.tokens.DisableToken(ctx, in.ID, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return &nothingToSay{}, nil
}

// userHandlers manage the people who sign in to the pages.
type userHandlers struct{ users Users }

func (h userHandlers) list(context.Context, *nothingAsked) (*usersPage, error) {
	users, err := h.users.Users()
	if err != nil {
		return nil, err
	}
	return &usersPage{Body: page("users", users, "")}, nil
}

func (h userHandlers) add(ctx context.Context, in *addUser) (*userAdded, error) {
	password, made := orNewPassword(in.Body.Password)
	user, err := h.users.AddUser(ctx, store.NewUser{
		Name: in.Body.Name, Password: password, Role: in.Body.Role, By: caller(ctx).Actor,
	})
	if err != nil {
		return nil, err
	}
	return &userAdded{Body: AddedUser{User: user, NewPassword: made}}, nil
}

func (h userHandlers) disable(ctx context.Context, in *disableUser) (*nothingToSay, error) {
	if err := h.users.DisableUser(ctx, in.ID, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return &nothingToSay{}, nil
}

func (h userHandlers) setPassword(ctx context.Context, in *setPassword) (*passwordSet, error) {
	password, made := orNewPassword(in.Body.Password)
	if err := h.users.SetPassword(ctx, in.ID, password, caller(ctx).Actor); err != nil {
		return nil, err
	}

	out := &passwordSet{}
	out.Body.NewPassword = made
	return out, nil
}

// orNewPassword returns the password that was asked for, or else a new one
// twice: made is for the answer, empty if the caller chose the password.
func orNewPassword(asked string) (password, made string) {
	if asked != "" {
		return asked, ""
	}
	made = rand.Text()
	return made, made
}
