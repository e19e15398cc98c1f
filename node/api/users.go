package api

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/ahsn-network/tracker/store"
)

// Users are the people who sign in to the pages: store.People has them.
type Users interface {
	AddUser(context.Context, store.NewUser) (store.User, error)
	Users() ([]store.User, error)
	DisableUser(ctx context.Context, id string, by uint64) error
	SetPassword(ctx context.Context, id, password string, by uint64) error
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

// userRoutes are served when the node keeps people.
func (s *server) userRoutes() []route {
	if s.users == nil {
		return nil
	}
	return []route{
		on(get, "/users", administrator, node, "The people who may sign in to the pages", s.listUsers),
		on(post, "/users", administrator, node, "Add a person; a password that the node makes is shown once", s.addUser, created),
		on(post, "/users/{id}/disable", administrator, node, "Keep a person out, at once", s.disableUser, http.StatusNoContent),
		on(post, "/users/{id}/password", administrator, node, "Give a person another password", s.setPassword),
	}
}

func (s *server) listUsers(context.Context, *nothingAsked) (*usersPage, error) {
	users, err := s.users.Users()
	if err != nil {
		return nil, err
	}
	return &usersPage{Body: page("users", users, "")}, nil
}

func (s *server) addUser(ctx context.Context, in *addUser) (*userAdded, error) {
	password, made := in.Body.Password, ""
	if password == "" {
		made = rand.Text()
		password = made
	}
	user, err := s.users.AddUser(ctx, store.NewUser{Name: in.Body.Name, Password: password, Role: in.Body.Role, By: caller(ctx).Actor})
	if err != nil {
		return nil, err
	}
	return &userAdded{Body: AddedUser{User: user, NewPassword: made}}, nil
}

func (s *server) disableUser(ctx context.Context, in *disableUser) (*nothingToSay, error) {
	if err := s.users.DisableUser(ctx, in.ID, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return &nothingToSay{}, nil
}

func (s *server) setPassword(ctx context.Context, in *setPassword) (*passwordSet, error) {
	out := &passwordSet{}
	password := in.Body.Password
	if password == "" {
		password = rand.Text()
		out.Body.NewPassword = password
	}
	if err := s.users.SetPassword(ctx, in.ID, password, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return out, nil
}
