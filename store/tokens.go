package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ahsn-network/tracker/store/survey"
)

// People are those who may sign in, with a password or a token. All methods are
// safe for concurrent use; the errors of writes are those of [Store].
type People struct{ store *Store }

// People returns those who may sign in at this node.
func (s *Store) People() People { return People{s} }

// Permission is what the holder of a token may do, each more than the one
// before.
type Permission string

const (
	PermissionViewer        Permission = "viewer"
	PermissionAdviser       Permission = "adviser"
	PermissionLead          Permission = "lead"
	PermissionAdministrator Permission = "administrator"
)

// Permissions returns all of them, the least first.
func Permissions() []Permission {
	return []Permission{PermissionViewer, PermissionAdviser, PermissionLead, PermissionAdministrator}
}

// Includes reports whether p may do everything that needed may.
func (p Permission) Includes(needed Permission) bool {
	return p.rank() >= 0 && p.rank() >= needed.rank()
}

func (p Permission) rank() int {
	for i, known := range Permissions() {
		if p == known {
			return i
		}
	}
	return -1
}

// Token is an API token without its secret, of which only the SHA-256 is
// kept. Actor is the opaque number under which its holder appears in the
// registry and the audit log; no two tokens share one, also not over time.
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

// NewToken asks for a token. Expires may be zero. By is the actor who asks.
type NewToken struct {
	Name    string
	Role    Permission
	Expires time.Time
	By      uint64
}

// CreateToken makes a token and returns its secret, which is not kept and
// cannot be shown again. It returns an error wrapping survey.ErrInvalid for an
// empty or long name, an unknown role or an expiry in the past.
func (p People) CreateToken(ctx context.Context, request NewToken) (Token, string, error) {
	now := time.Now().UTC().Round(0)
	if err := request.check(now); err != nil {
		return Token{}, "", fmt.Errorf("create a token: %w", err)
	}
	secret, hash, err := newSecret(secretPrefix)
	if err != nil {
		return Token{}, "", fmt.Errorf("create a token: %w", err)
	}
	var token Token
	err = p.store.write(ctx, func(t *txn) error {
		actor, err := t.Next(tokensBucket)
		if err != nil {
			return err
		}
		token = Token{ID: strconv.FormatUint(actor, 10), Name: request.Name, Role: request.Role, Actor: actor,
			Created: now, Expires: request.Expires.UTC().Round(0), Hash: hash}
		if err := t.Put(tokensBucket, []byte(token.ID), token); err != nil {
			return err
		}
		if err := t.Put(secretsBucket, token.Hash, token.ID); err != nil {
			return err
		}
		return t.audit(AuditEntry{At: now, Actor: request.By, Action: "token.create", Object: "token/" + token.ID, Outcome: string(token.Role)})
	})
	if err != nil {
		return Token{}, "", fmt.Errorf("create a token: %w", err)
	}
	return token, secret, nil
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
		return fmt.Errorf("%w: it would be expired already", survey.ErrInvalid)
	}
	return nil
}

// Tokens returns all tokens, disabled and expired ones too, oldest first.
func (p People) Tokens() ([]Token, error) {
	tokens, err := allOf[Token](p.store, tokensBucket)
	if err != nil {
		return nil, fmt.Errorf("list the tokens: %w", err)
	}
	slices.SortFunc(tokens, func(a, b Token) int { return cmp.Compare(a.Actor, b.Actor) })
	return tokens, nil
}

// DisableToken makes the token invalid from now on, for good. Disabling it
// again changes nothing. An unknown id is survey.ErrNotFound.
func (p People) DisableToken(ctx context.Context, id string, by uint64) error {
	_, err := changeOf(ctx, p.store, tokensBucket, id, by, "token.disable", func(_ *txn, token *Token, now time.Time) (bool, error) {
		if !token.Disabled.IsZero() {
			return false, nil
		}
		token.Disabled = now
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("disable token %q: %w", clipID(id), err)
	}
	return nil
}

// Authenticate returns the token with that secret. It returns
// ErrUnauthenticated, without saying which, if there is none or it is expired
// or disabled. The secret is looked up by its hash and compared in constant
// time.
func (p People) Authenticate(secret string) (Token, error) {
	if !strings.HasPrefix(secret, secretPrefix) || len(secret) > len(secretPrefix)+2*secretBytes {
		return Token{}, ErrUnauthenticated
	}
	hash := sha256.Sum256([]byte(secret))
	token, found, err := oneBy[Token](p.store, secretsBucket, hash[:], tokensBucket)
	if err != nil {
		return Token{}, fmt.Errorf("authenticate: %w", err)
	}
	now := time.Now()
	if !found || subtle.ConstantTimeCompare(token.Hash, hash[:]) != 1 || !token.Disabled.IsZero() ||
		!token.Expires.IsZero() && !token.Expires.After(now) {
		return Token{}, ErrUnauthenticated
	}
	return token, nil
}
