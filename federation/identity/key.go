package identity

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// ErrKeyTooOpen: others than the owner may read the key file. The error's text
// has the command to run.
var ErrKeyTooOpen = errors.New("key file is readable by others")

// Key is a node's private key. Its String is the public node id, so that it
// can be logged without harm.
type Key struct{ private ed25519.PrivateKey }

const (
	keyMode = 0o600
	pemType = "PRIVATE KEY" // PKCS #8, RFC 5958 and RFC 8410
)

// Generate returns a new random key.
func Generate() (*Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate node key: %w", err)
	}
	return &Key{private: private}, nil
}

// FromSeed returns the key of the seed: the same for the same seed.
func FromSeed(seed [ed25519.SeedSize]byte) *Key {
	return &Key{private: ed25519.NewKeyFromSeed(seed[:])}
}

// Load reads the key in the form of Save. It returns ErrKeyTooOpen if the group or others have any
// right to the file, and fs.ErrNotExist if there is none.
func Load(path string) (*Key, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load node key: %w", err)
	}
	defer file.Close()

	// Nobody else may have read the key.
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("load node key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("load node key: %w: %s has mode %#o: run `chmod 600 %s`", ErrKeyTooOpen, path,
			info.Mode().Perm(), path)
	}

	text := make([]byte, 4096)
	n, err := file.Read(text)
	if err != nil {
		return nil, fmt.Errorf("load node key %s: %w", path, err)
	}
	key, err := parse(text[:n])
	if err != nil {
		return nil, fmt.Errorf("load node key %s: %w", path, err)
	}
	return key, nil
}

func parse(text []byte) (*Key, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, errors.New("not a PEM file with a private key")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key is %T, not Ed25519", parsed)
	}
	return &Key{private: private}, nil
}

// Save writes the key as PEM, readable by the owner only, and returns when it
// is on disk. It never overwrites: fs.ErrExist if the path exists.
func (k *Key) Save(path string) error {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return fmt.Errorf("save node key: %w", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("save node key %s: %w", path, fs.ErrExist)
	}

	dir := filepath.Dir(path)
	temporary, err := writeTemporary(dir, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}))
	if err != nil {
		return fmt.Errorf("save node key %s: %w", path, err)
	}

	// A link, unlike a rename, never replaces a file that another process made in the meantime.
	err = os.Link(temporary, path)
	if err := errors.Join(err, os.Remove(temporary)); err != nil {
		return fmt.Errorf("save node key %s: %w", path, err)
	}

	if err := syncDir(dir); err != nil {
		return fmt.Errorf("save node key %s: %w", path, err)
	}
	return nil
}

// writeTemporary writes a whole file into dir and returns its name. CreateTemp
// gives it mode 0600.
func writeTemporary(dir string, text []byte) (name string, err error) {
	file, err := os.CreateTemp(dir, ".key-*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(keyMode), file.Sync(), file.Close())
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Public returns the public key: the node's identity.
func (k *Key) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// Signer returns the key for TLS, which signs in contexts of its own. All else
// goes through Sign.
func (k *Key) Signer() crypto.Signer { return k.private }

// Sign signs the message for one purpose: a signature for one domain is none for another. The
// domain is a constant of the program, such as "tracker-summary-v1", without line breaks; Sign
// panics otherwise.
func (k *Key) Sign(domain string, message []byte) []byte {
	if strings.Contains(domain, "\n") {
		panic("identity: domain with a line break")
	}
	return ed25519.Sign(k.private, separated(domain, message))
}

// Verify reports whether it is a signature of the public key for the message in the domain. It is
// false, never a panic, for a key of the wrong length.
func Verify(public ed25519.PublicKey, domain string, message, signature []byte) bool {
	if len(public) != ed25519.PublicKeySize || strings.Contains(domain, "\n") {
		return false
	}
	return ed25519.Verify(public, separated(domain, message), signature)
}

func separated(domain string, message []byte) []byte {
	out := make([]byte, 0, len(domain)+1+len(message))
	out = append(out, domain...)
	out = append(out, '\n')
	return append(out, message...)
}

// String returns the node id.
func (k *Key) String() string { return NodeID(k.Public()) }

// GoString returns the node id, so that %#v shows no secret.
func (k *Key) GoString() string { return k.String() }

// LogValue logs the node id.
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
