package identity

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrFederationID: the text is not a federation id.
var ErrFederationID = errors.New("not a federation id")

// FederationID names one federation: 16 random bytes, drawn when it is
// founded. It is in every handshake, so that two federations never mix.
type FederationID [16]byte

// NewFederationID draws a new id.
func NewFederationID() FederationID {
	var id FederationID
	rand.Read(id[:]) // never returns an error since Go 1.24
	return id
}

// ParseFederationID reads the text of String, in either case. It returns ErrFederationID for any
// other text.
func ParseFederationID(s string) (FederationID, error) {
	var id FederationID
	if len(s) != hex.EncodedLen(len(id)) {
		return FederationID{}, fmt.Errorf("%w: %q: write it as 32 hexadecimal digits", ErrFederationID, s)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return FederationID{}, fmt.Errorf("%w: %q: write it as 32 hexadecimal digits", ErrFederationID, s)
	}
	return id, nil
}

// String returns 32 lower-case hexadecimal digits.
func (id FederationID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether no id was set.
func (id FederationID) IsZero() bool { return id == FederationID{} }

// MarshalText returns the text of String.
func (id FederationID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the text of MarshalText.
func (id *FederationID) UnmarshalText(text []byte) error {
	parsed, err := ParseFederationID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}
