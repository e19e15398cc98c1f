package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ahsn-network/tracker/store/survey"
)

// People are the accounts that may sign in, with a password or a token. All methods are safe for
// concurrent use; the errors of writes are those of [Store].
type People struct{ store *Store }

// People returns the accounts that may sign in at this node.
func (s *Store) People() People { return People{s} }

// Permission is a token holder's or a user's role. Each includes the one before.
type Permission string

const (
	PermissionViewer        Permission = "viewer"
	PermissionAdviser       Permission = "adviser"
	PermissionLead          Permission = "lead"
	PermissionAdministrator Permission = "administrator"
)

// Permissions returns all permissions, the least first.
func Permissions() []Permission {
	return []Permission{PermissionViewer, PermissionAdviser, PermissionLead, PermissionAdministrator}
}

// Includes reports whether p allows everything that needed allows.
func (p Permission) Includes(needed Permission) bool {
	return p.rank() >= 0 && p.rank() >= needed.rank()
}

func (p Permission) rank() int { return slices.Index(Permissions(), p) }

// Token is an API token without its secret, of which only the SHA-256 is kept. Actor is the opaque
// number of its holder in the registry and the audit log; no two tokens or users ever share one.
type Token struct {
	ID       string     `json:"id" cbor:"1,keyasint"`
	Name     string     `json:"name" cbor:"2,keyasint"`
	Role     Permission `json:"role" cbor:"3,keyasint"`
	Actor    uint64     `json:"actor" cbor:"4,keyasint"`
	Created  time.Time  `json:"created" cbor:"5,keyasint"`
	Expires  time.Time  `json:"expires,omitzero" cbor:"6,keyasint"` // zero: never
	Disabled time.Time  `json:"disabled,omitzero" cbor:"7,keyasint"`
	Hash     []byte     `json:"-" cbor:"8,keyasint"`
}

const (
	secretPrefix   = "trk_"
	secretBytes    = 20 // 160 bits
	maxTokenName   = 100
	secretAlphabet = "abcdefghijklmnopqrstuvwxyz234567"
)

// ErrUnauthenticated says that a token, password or link's secret is unknown, or its account ended.
var ErrUnauthenticated = errors.New("the token is not valid")

// NewToken asks for a token. Expires may be zero, for never. By is the asking actor.
type NewToken struct {
	Name    string
	Role    Permission
	Expires time.Time
	By      uint64
}

// CreateToken makes a token and returns its secret. The secret is not kept and cannot be shown
// again. It returns an error wrapping survey.ErrInvalid for an empty or long name, an unknown role
// or an expiry in the past.
func (p People) CreateToken(ctx context.Context, request NewToken) (token Token, secret string, err error) {
	now := time.Now().UTC().Round(0)
	var hash []byte
	if err = request.check(now); err == nil {
		secret, hash, err = newSecret(secretPrefix)
	}
	if err == nil {
		err = p.store.write(ctx, func(t *txn) (err error) {
			token, err = t.createToken(request, hash, now)
			return err
		})
	}
	if err != nil {
		return Token{}, "", fmt.Errorf("create a token: %w", err)
	}
	return token, secret, nil
}

func (t *txn) createToken(request NewToken, hash []byte, now time.Time) (Token, error) {
	actor, err := t.Next(tokensBucket)
	if err != nil {
		return Token{}, err
	}
	token := Token{ID: strconv.FormatUint(actor, 10), Name: request.Name, Role: request.Role, Actor: actor,
		Created: now, Expires: request.Expires.UTC().Round(0), Hash: hash}
	if err := t.Put(tokensBucket, []byte(token.ID), token); err != nil {
		return Token{}, err
	}
	if err := t.Put(secretsBucket, token.Hash, token.ID); err != nil {
		return Token{}, err
	}
	return token, t.auditChange(occasion{at: now, actor: request.By}, "token.create", "token/"+token.ID, string(token.Role))
}

// newSecret makes a secret that begins with the prefix, and its SHA-256.
func newSecret(prefix string) (secret string, hash []byte, err error) {
	random := make([]byte, secretBytes)
	if _, err := rand.Read(random); err != nil {
		return "", nil, err
	}
	secret = prefix + base32.NewEncoding(secretAlphabet).WithPadding(base32.NoPadding).EncodeToString(random)
	sum := sha256.Sum256([]byte(secret))
	return secret, sum[:], nil
}

func (n NewToken) check(now time.Time) error {
	switch {
	case strings.TrimSpace(n.Name) == "" || utf8.RuneCountInString(n.Name) > maxTokenName || !utf8.ValidString(n.Name):
		return fmt.Errorf("%w: give it a name of 1 to %d characters", survey.ErrInvalid, maxTokenName)
	case strings.ContainsFunc(n.Name, unicode.IsControl):
		return fmt.Errorf("%w: the name has control characters in it", survey.ErrInvalid)
	case n.Role.rank() < 0:
		return fmt.Errorf("%w: the role is one of viewer, adviser, lead, administrator", survey.ErrInvalid)
	case !n.Expires.IsZero() && !n.Expires.After(now):
		return fmt.Errorf("%w: it would have expired already", survey.ErrInvalid)
	}
	return nil
}

// Tokens returns all tokens, disabled and expired ones too, oldest first.
func (p People) Tokens() ([]Token, error) {
	tokens, err := allOf[Token](p.store, tokensBucket, "list the tokens")
	slices.SortFunc(tokens, func(a, b Token) int { return cmp.Compare(a.Actor, b.Actor) })
	return tokens, err
}

// DisableToken makes the token invalid from now on, for good. Disabling it again changes nothing.
// An unknown id is survey.ErrNotFound.
func (p People) DisableToken(ctx context.Context, id string, by uint64) error {
	disable := func(_ *txn, token *Token, now time.Time) (bool, error) {
		if !token.Disabled.IsZero() {
			return false, nil
		}
		token.Disabled = now
		return true, nil
	}
	_, err := changeOf(ctx, p.store, tokensBucket, id, by, "token.disable", disable)
	return explain(err, "disable token %q", clipID(id))
}

// Authenticate returns the token with that secret. It returns ErrUnauthenticated, without the
// reason, if there is none or it is expired or disabled. The secret is looked up by its hash and
// compared in constant time.
func (p People) Authenticate(secret string) (Token, error) {
	if !strings.HasPrefix(secret, secretPrefix) || len(secret) > len(secretPrefix)+2*secretBytes {
		return Token{}, ErrUnauthenticated
	}
	hash := sha256.Sum256([]byte(secret))
	token, found, err := oneBy[Token](p.store, secretsBucket, hash[:], tokensBucket)
	if err != nil {
		return Token{}, fmt.Errorf("authenticate: %w", err)
	}
	if !found || subtle.ConstantTimeCompare(token.Hash, hash[:]) != 1 || !token.Good(time.Now()) {
		return Token{}, ErrUnauthenticated
	}
	return token, nil
}
