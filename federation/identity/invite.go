package identity

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrInvite: the text is not an invitation, or not a whole one. The error's
// text says what to look at.
var ErrInvite = errors.New("not a whole invitation")

// Invite is a one-time token: its holder may bring one region's node into the federation, until it
// expires. It has the address and the key of the sponsor's node, so that the newcomer can tell that
// node from any other. The registry keeps the secret's hash only.
type Invite struct {
	Federation FederationID
	Region     string // code of the invited region
	Sponsor    ed25519.PublicKey
	Addresses  []string // host:port of the sponsor's node port, tried in order
	Secret     [inviteSecret]byte
	Expires    time.Time // whole seconds
}

// An invite is written as the prefix, then base64url of: the fixed fields, the
// region and the addresses with a length byte each, and the first bytes of the
// SHA-256 of all that, so that a cut or mistyped one is told apart.
const (
	invitePrefix    = "tracker-invite-1."
	inviteSecret    = 16
	inviteSum       = 4
	inviteAddresses = 4
	inviteText      = 255
	maxInvite       = 4096 // characters of what ParseInvite reads
)

// NewInviteSecret draws the 128 bits of a new invite.
func NewInviteSecret() (secret [inviteSecret]byte) {
	rand.Read(secret[:]) // never returns an error since Go 1.24
	return secret
}

// Hash returns the hash of the secret, which the registry keeps.
func (i Invite) Hash() [sha256.Size]byte { return InviteHash(i.Secret[:]) }

// InviteHash hashes an invite's secret.
func InviteHash(secret []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte("tracker invite/1\n"), secret...))
}

// String writes the invite in one line without spaces. It is a secret until it
// was used.
func (i Invite) String() string {
	var b bytes.Buffer
	b.Write(i.Federation[:])
	b.Write(i.Sponsor)
	b.Write(i.Secret[:])
	b.Write(binary.BigEndian.AppendUint64(nil, uint64(i.Expires.Unix())))
	for _, text := range append([]string{i.Region}, i.Addresses...) {
		b.WriteByte(byte(len(text)))
		b.WriteString(text)
	}

	sum := sha256.Sum256(b.Bytes())
	b.Write(sum[:inviteSum])
	return invitePrefix + base64.RawURLEncoding.EncodeToString(b.Bytes())
}

// Check returns an error wrapping ErrInvite if the invite cannot be written.
func (i Invite) Check() error {
	switch {
	case i.Federation.IsZero(), len(i.Sponsor) != ed25519.PublicKeySize:
		return fmt.Errorf("%w: no federation or no sponsor", ErrInvite)
	case i.Region == "" || len(i.Region) > inviteText:
		return fmt.Errorf("%w: no region", ErrInvite)
	case len(i.Addresses) == 0 || len(i.Addresses) > inviteAddresses:
		return fmt.Errorf("%w: 1 to %d addresses of the sponsor", ErrInvite, inviteAddresses)
	case slices.ContainsFunc(i.Addresses, func(a string) bool { return a == "" || len(a) > inviteText }):
		return fmt.Errorf("%w: an address has 1 to %d characters", ErrInvite, inviteText)
	}
	return nil
}

// ParseInvite reads the text of String without the line breaks and spaces that mail programs put
// in. It returns ErrInvite for any other text. It reads no clock: the sponsor refuses an expired
// invite.
func ParseInvite(s string) (Invite, error) {
	if len(s) > maxInvite {
		return Invite{}, fmt.Errorf("%w: it has %d characters", ErrInvite, len(s))
	}
	s = strings.Join(strings.Fields(s), "")
	text, ok := strings.CutPrefix(s, invitePrefix)
	if !ok {
		return Invite{}, fmt.Errorf("%w: it begins with %q", ErrInvite, invitePrefix)
	}

	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(data) < inviteSum {
		return Invite{}, fmt.Errorf("%w: a part is missing or mistyped: copy all of it", ErrInvite)
	}

	// A cut or mistyped invite is found by its sum.
	body, sum := data[:len(data)-inviteSum], data[len(data)-inviteSum:]
	if whole := sha256.Sum256(body); !bytes.Equal(sum, whole[:inviteSum]) {
		return Invite{}, fmt.Errorf("%w: a part is missing or mistyped: copy all of it", ErrInvite)
	}
	return readInvite(body)
}

// readInvite decodes the bytes of an invite without their sum.
func readInvite(body []byte) (Invite, error) {
	var i Invite
	broken := fmt.Errorf("%w: its parts do not fit: is it of another version?", ErrInvite)
	fixed := len(i.Federation) + ed25519.PublicKeySize + inviteSecret + 8
	if len(body) < fixed {
		return Invite{}, broken
	}

	body = body[copy(i.Federation[:], body):]
	i.Sponsor, body = slices.Clone(body[:ed25519.PublicKeySize]), body[ed25519.PublicKeySize:]
	body = body[copy(i.Secret[:], body):]
	i.Expires, body = time.Unix(int64(binary.BigEndian.Uint64(body)), 0).UTC(), body[8:]

	// The region, then the addresses, each after its length.
	for len(body) > 0 {
		length := int(body[0])
		if len(body) < 1+length {
			return Invite{}, broken
		}
		text := string(body[1 : 1+length])
		body = body[1+length:]
		if i.Region == "" {
			i.Region = text
			continue
		}
		i.Addresses = append(i.Addresses, text)
	}

	if err := i.Check(); err != nil {
		return Invite{}, broken
	}
	return i, nil
}
