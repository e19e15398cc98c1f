package identity

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrNodeID: the text is not a node id. The error's text says which part to
// look at.
var ErrNodeID = errors.New("not a node id")

// A node id is made as a Syncthing device id is: the SHA-256 of the public key
// in base32, four parts of 13 characters with a check character each, written
// in eight groups of seven. https://docs.syncthing.net/dev/device-ids.html
const (
	idParts     = 4
	idPart      = 13
	idGroup     = 7
	idLength    = idParts * (idPart + 1)
	idAlphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	idMaxLength = 4 * idLength // of what ParseNodeID reads
)

// NodeID returns the id of a public key: 56 letters and digits in eight groups
// of seven, for people to read to each other.
func NodeID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return groups(withChecks(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])))
}

// ParseNodeID returns the id in the form in which NodeID writes it. It reads lower case, groups
// parted by hyphens, spaces or nothing, and 0, 1 and 8 for O, I and B. It returns ErrNodeID for any
// other text, and names the groups that do not fit their check character.
func ParseNodeID(s string) (string, error) {
	if len(s) > idMaxLength {
		return "", fmt.Errorf("%w: %d characters: it has %d, in 8 groups of 7", ErrNodeID, len(s), idLength)
	}
	id, err := canonical(s)
	if err != nil {
		return "", err
	}
	if len(id) != idLength {
		return "", fmt.Errorf("%w: %d characters: it has %d, in 8 groups of 7", ErrNodeID, len(id), idLength)
	}

	var wrong []string
	var bare strings.Builder
	for part := range idParts {
		text := id[part*(idPart+1) : (part+1)*(idPart+1)]
		if checkCharacter(text[:idPart]) != text[idPart] {
			wrong = append(wrong, fmt.Sprintf("%d and %d (%s-%s)", 2*part+1, 2*part+2, text[:idGroup], text[idGroup:]))
		}
		bare.WriteString(text[:idPart])
	}
	if len(wrong) > 0 {
		return "", fmt.Errorf("%w: something is mistyped in groups %s", ErrNodeID, strings.Join(wrong, ", "))
	}

	// 52 characters hold 260 bits, four more than the hash.
	if last := bare.String()[idParts*idPart-1]; strings.IndexByte(idAlphabet, last)%16 != 0 {
		return "", fmt.Errorf("%w: something is mistyped in groups 7 and 8", ErrNodeID)
	}
	return groups(id), nil
}

// canonical drops the characters between the groups and undoes the usual confusions.
func canonical(s string) (string, error) {
	var out strings.Builder
	for _, c := range s {
		switch {
		case c == '-' || c == '–' || unicode.IsSpace(c):
			continue
		case 'a' <= c && c <= 'z':
			c += 'A' - 'a'
		case c == '0':
			c = 'O'
		case c == '1':
			c = 'I'
		case c == '8':
			c = 'B'
		}
		if !strings.ContainsRune(idAlphabet, c) {
			return "", fmt.Errorf("%w: %q in group %d is not one of its characters (A to Z, 2 to 7)", ErrNodeID,
				c, out.Len()/idGroup+1)
		}
		out.WriteRune(c)
	}
	return out.String(), nil
}

func withChecks(bare string) string {
	var out strings.Builder
	for part := range idParts {
		text := bare[part*idPart : (part+1)*idPart]
		out.WriteString(text)
		out.WriteByte(checkCharacter(text))
	}
	return out.String()
}

// checkCharacter computes Luhn's check character modulo 32. It finds every single wrong character
// and nearly every swap of two neighbours.
func checkCharacter(text string) byte {
	const n = len(idAlphabet)
	factor, sum := 1, 0
	for i := range len(text) {
		addend := factor * strings.IndexByte(idAlphabet, text[i])
		factor = 3 - factor
		sum += addend/n + addend%n
	}
	return idAlphabet[(n-sum%n)%n]
}

func groups(id string) string {
	var out []string
	for from := 0; from < len(id); from += idGroup {
		out = append(out, id[from:from+idGroup])
	}
	return strings.Join(out, "-")
}
