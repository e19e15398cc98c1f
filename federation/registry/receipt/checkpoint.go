package receipt

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// checkpointDomain separates signatures on checkpoints from every other signature of a node. It is
// also the signature's type in the note: algorithm number 0xff stands for types with a name of
// their own.
const checkpointDomain = "tracker checkpoint/1"

// checkpoint is the size and root of the tree as one region's node had it, a
// signed note: https://c2sp.org/tlog-checkpoint.
type checkpoint struct {
	size   int64
	root   tlog.Hash
	region survey.Region // that signed it
}

// checkpointOrigin names the tree: one for each federation.
func checkpointOrigin(federation identity.FederationID) string {
	return "tracker/" + federation.String()
}

// nodeSigner signs notes with a node's key and verifies them.
type nodeSigner struct {
	region survey.Region
	public ed25519.PublicKey
	key    *identity.Key // nil to verify only
}

// Name implements note.Signer and note.Verifier.
func (s *nodeSigner) Name() string { return string(s.region) }

// KeyHash implements note.Signer and note.Verifier.
func (s *nodeSigner) KeyHash() uint32 {
	message := append([]byte(string(s.region)+"\n\xff"+checkpointDomain), s.public...)
	sum := sha256.Sum256(message)
	return binary.BigEndian.Uint32(sum[:])
}

// Sign implements note.Signer.
func (s *nodeSigner) Sign(message []byte) ([]byte, error) {
	return s.key.Sign(checkpointDomain, message), nil
}

// Verify implements note.Verifier.
func (s *nodeSigner) Verify(message, signature []byte) bool {
	return identity.Verify(s.public, checkpointDomain, message, signature)
}

// signCheckpoint returns the signed note about the tree's size and root.
func signCheckpoint(key *identity.Key, region survey.Region, federation identity.FederationID, size int64,
	root tlog.Hash) (string, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", checkpointOrigin(federation), size, base64.StdEncoding.EncodeToString(root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, &nodeSigner{region, key.Public(), key})
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	return string(signed), nil
}

// openCheckpoint verifies the note with the region's key. Text that the
// signature does not cover is an error.
func openCheckpoint(text string, federation identity.FederationID, region survey.Region,
	public ed25519.PublicKey) (checkpoint, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(&nodeSigner{region: region, public: public}))
	if err != nil {
		return checkpoint{}, fmt.Errorf("the checkpoint is not signed by %s: %w", region, err)
	}
	if len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 0 {
		return checkpoint{}, fmt.Errorf("the checkpoint has other signatures than that of %s", region)
	}

	// Origin, size and root on a line each, and nothing after them.
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != checkpointOrigin(federation) {
		return checkpoint{}, fmt.Errorf("the checkpoint is not one of federation %s", federation)
	}

	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size <= 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, fmt.Errorf("the checkpoint has no size")
	}

	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return checkpoint{}, fmt.Errorf("the checkpoint has no root")
	}
	return checkpoint{size: size, root: tlog.Hash(root), region: region}, nil
}
