package identity

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ErrKeyCard: the text is not a key card, or its signature is not its key's.
var ErrKeyCard = errors.New("not a key card")

const (
	cardPrefix = "tracker-key-1."
	cardDomain = "tracker key card/1"
)

// KeyCard is given by a region that lost its key to two others: a new public key, and the proof
// that the region has the private one. It is no secret. People must make sure that it comes from
// the region: they read the node id to each other.
type KeyCard struct {
	Region    string
	Key       ed25519.PublicKey
	Signature []byte // by Key, over federation, region and key
}

// NewKeyCard makes the card of a region's new key in one federation.
func NewKeyCard(key *Key, federation FederationID, region string) KeyCard {
	return KeyCard{Region: region, Key: key.Public(),
		Signature: key.Sign(cardDomain, cardMessage(federation, region, key.Public()))}
}

func cardMessage(federation FederationID, region string, key ed25519.PublicKey) []byte {
	return fmt.Appendf(nil, "%s\n%s\n%x", federation, region, []byte(key))
}

// Proves reports whether the maker of the card has its key, and meant it for this federation and
// region.
func (c KeyCard) Proves(federation FederationID) bool {
	return Verify(c.Key, cardDomain, cardMessage(federation, c.Region, c.Key), c.Signature)
}

// String writes the card in one line.
func (c KeyCard) String() string {
	return cardPrefix + c.Region + "." + base64.RawURLEncoding.EncodeToString(append(append([]byte{}, c.Key...),
		c.Signature...))
}

// ParseKeyCard reads the text of String. It returns ErrKeyCard for any other text; Proves says
// whether the card proves anything.
func ParseKeyCard(s string) (KeyCard, error) {
	text, ok := strings.CutPrefix(strings.Join(strings.Fields(s), ""), cardPrefix)
	region, encoded, parted := strings.Cut(text, ".")
	if !ok || !parted || region == "" {
		return KeyCard{}, fmt.Errorf("%w: it begins with %q", ErrKeyCard, cardPrefix)
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(data) != ed25519.PublicKeySize+ed25519.SignatureSize {
		return KeyCard{}, fmt.Errorf("%w: a part is missing or mistyped: copy all of it", ErrKeyCard)
	}
	return KeyCard{Region: region, Key: data[:ed25519.PublicKeySize], Signature: data[ed25519.PublicKeySize:]}, nil
}
