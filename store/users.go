package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// usersBucket holds the users of this node; userNamesBucket holds the id of each name, so that no
// two users share a name.
const (
	usersBucket     boltfile.Bucket = "users"
	userNamesBucket boltfile.Bucket = "user-names"
)

// User is a person of this region who signs in with a password. Actor is the person's opaque number
// in the registry and the audit log; no two users or tokens ever share one. The name never leaves
// the node.
type User struct {
	ID       string       `json:"id" cbor:"1,keyasint"`
	Name     string       `json:"name" cbor:"2,keyasint"`
	Role     Permission   `json:"role" cbor:"3,keyasint"`
	Actor    uint64       `json:"actor" cbor:"4,keyasint"`
	Created  time.Time    `json:"created" cbor:"5,keyasint"`
	Disabled time.Time    `json:"disabled,omitzero" cbor:"6,keyasint"`
	Password passwordHash `json:"-" cbor:"7,keyasint"`
}

// passwordHash is an argon2id hash with all its parameters, so that a later version may ask for
// more work.
type passwordHash struct {
	Salt   []byte `cbor:"1,keyasint"`
	Time   uint32 `cbor:"2,keyasint"`
	Memory uint32 `cbor:"3,keyasint"` // KiB
	Lanes  uint8  `cbor:"4,keyasint"`
	Sum    []byte `cbor:"5,keyasint"`
}

// The work of one password is the minimum in OWASP's password storage cheat sheet: 19 MiB, two
// passes, one lane.
const (
	passwordTime   = 2
	passwordMemory = 19 << 10
	passwordLanes  = 1
	passwordSalt   = 16
	passwordSum    = 32
)

// Bounds of a person's choices.
const (
	minPassword = 10 // characters
	maxPassword = 256
	maxUserName = 100
)

// NewUser asks for a person to be added. By is the asking actor.
type NewUser struct {
	Name     string
	Password string
	Role     Permission
	By       uint64
}

// AddUser adds a person. It returns an error wrapping survey.ErrInvalid for a name that is empty,
// long or taken (also in another case), a password shorter than ten characters, or an unknown role.
func (p People) AddUser(ctx context.Context, request NewUser) (user User, err error) {
	request.Name = strings.TrimSpace(request.Name)
	var hash passwordHash
	if err = request.check(); err == nil {
		hash, err = newPasswordHash(request.Password)
	}
	if err == nil {
		err = p.store.write(ctx, func(t *txn) (err error) {
			user, err = t.addUser(request, hash)
			return err
		})
	}
	if err != nil {
		return User{}, fmt.Errorf("add a person: %w", err)
	}
	return user, nil
}

func (t *txn) addUser(request NewUser, hash passwordHash) (User, error) {
	if t.Has(userNamesBucket, userNameKey(request.Name)) {
		return User{}, fmt.Errorf("%w: that name is taken", survey.ErrInvalid)
	}
	// People and tokens share one sequence, so that no two have the same actor.
	actor, err := t.Next(tokensBucket)
	if err != nil {
		return User{}, err
	}
	user := User{ID: strconv.FormatUint(actor, 10), Name: request.Name, Role: request.Role, Actor: actor,
		Created: time.Now().UTC().Round(0), Password: hash}
	if err := t.Put(usersBucket, []byte(user.ID), user); err != nil {
		return User{}, err
	}
	if err := t.Put(userNamesBucket, userNameKey(user.Name), user.ID); err != nil {
		return User{}, err
	}
	return user, t.auditChange(occasion{at: user.Created, actor: request.By}, "user.add", "user/"+user.ID, string(user.Role))
}

func (n NewUser) check() error {
	switch {
	case n.Name == "" || utf8.RuneCountInString(n.Name) > maxUserName || !utf8.ValidString(n.Name):
		return fmt.Errorf("%w: give a name of 1 to %d characters", survey.ErrInvalid, maxUserName)
	case strings.ContainsFunc(n.Name, unicode.IsControl):
		return fmt.Errorf("%w: the name has control characters in it", survey.ErrInvalid)
	case n.Role.rank() < 0:
		return fmt.Errorf("%w: the role is one of viewer, adviser, lead, administrator", survey.ErrInvalid)
	}
	return checkPassword(n.Password)
}

func checkPassword(password string) error {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return fmt.Errorf("%w: a password has %d to %d characters", survey.ErrInvalid, minPassword, maxPassword)
	}
	return nil
}

// userNameKey folds case, so that no two names differ in case only. A key of bbolt has at most 32
// KiB; names are far shorter.
func userNameKey(name string) []byte { return []byte(strings.ToLower(name)) }

func newPasswordHash(password string) (passwordHash, error) {
	h := passwordHash{Salt: make([]byte, passwordSalt), Time: passwordTime, Memory: passwordMemory, Lanes: passwordLanes}
	if _, err := rand.Read(h.Salt); err != nil {
		return h, err
	}
	h.Sum = h.of(password)
	return h, nil
}

func (h passwordHash) of(password string) []byte {
	return argon2.IDKey([]byte(password), h.Salt, h.Time, h.Memory, h.Lanes, passwordSum)
}

// Users returns all people, disabled ones too, oldest first.
func (p People) Users() ([]User, error) {
	users, err := allOf[User](p.store, usersBucket, "list the people")
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.Actor, b.Actor) })
	return users, err
}

// User returns the person with that id, or an error wrapping
// survey.ErrNotFound.
func (p People) User(id string) (User, error) {
	return oneOf[User](p.store, usersBucket, "person", id)
}

// Token returns the token with that id, or an error wrapping
// survey.ErrNotFound. It may be expired or disabled: see [Token.Good].
func (p People) Token(id string) (Token, error) {
	return oneOf[Token](p.store, tokensBucket, "token", id)
}

// Good reports whether the token is valid at that time.
func (t Token) Good(now time.Time) bool {
	return t.Disabled.IsZero() && (t.Expires.IsZero() || t.Expires.After(now))
}

// SignIn returns the person with that name and password. It returns ErrUnauthenticated, without the
// reason, if there is none or the person is disabled; an unknown name takes as long as a known one.
// A call costs 19 MiB and tens of milliseconds: limit the number of concurrent calls.
func (p People) SignIn(name, password string) (User, error) {
	if len(name) > 4*maxUserName || utf8.RuneCountInString(password) > maxPassword {
		return User{}, ErrUnauthenticated
	}

	user, found, err := oneBy[User](p.store, userNamesBucket, userNameKey(strings.TrimSpace(name)), usersBucket)
	if err != nil {
		return User{}, fmt.Errorf("sign in: %w", err)
	}

	// The same work for an unknown name, so that the time does not tell which names exist.
	hash := user.Password
	if !found {
		hash = passwordHash{Salt: make([]byte, passwordSalt), Time: passwordTime, Memory: passwordMemory,
			Lanes: passwordLanes, Sum: make([]byte, passwordSum)}
	}

	same := subtle.ConstantTimeCompare(hash.of(password), hash.Sum) == 1
	if !found || !same || !user.Disabled.IsZero() {
		return User{}, ErrUnauthenticated
	}
	return user, nil
}

// DisableUser ends the person's access from now on, in open sessions too. Disabling again changes
// nothing. An unknown id is survey.ErrNotFound.
func (p People) DisableUser(ctx context.Context, id string, by uint64) error {
	return p.changeUser(ctx, id, by, "user.disable", func(u *User, now time.Time) bool {
		if !u.Disabled.IsZero() {
			return false
		}
		u.Disabled = now
		return true
	})
}

// SetPassword replaces the person's password. It returns an error wrapping survey.ErrInvalid for
// one that is too short, survey.ErrNotFound for an unknown id.
func (p People) SetPassword(ctx context.Context, id, password string, by uint64) error {
	err := checkPassword(password)
	var hash passwordHash
	if err == nil {
		hash, err = newPasswordHash(password)
	}
	if err != nil {
		return fmt.Errorf("set the password: %w", err)
	}
	return p.changeUser(ctx, id, by, "user.password", func(u *User, _ time.Time) bool {
		u.Password = hash
		return true
	})
}

func (p People) changeUser(ctx context.Context, id string, by uint64, action string,
	change func(*User, time.Time) bool) error {
	_, err := changeOf(ctx, p.store, usersBucket, id, by, action,
		func(_ *txn, user *User, now time.Time) (bool, error) { return change(user, now), nil })
	return explain(err, "%s %q", action, clipID(id))
}
