package identity_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/ahsn-network/tracker/federation/identity"
)

func TestSealedMessagesOpenForTheirKeyOnly(t *testing.T) {
	for i := range 50 { // keys with x of either sign
		key, other := identity.FromSeed([32]byte{1, byte(i)}), identity.FromSeed([32]byte{2, byte(i)})
		message := []byte("an answer")
		sealed, err := identity.Seal(key.Public(), "a", message)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(sealed, message) {
			t.Fatal("it can be read")
		}
		if back, err := key.Open("a", sealed); err != nil || !bytes.Equal(back, message) {
			t.Fatalf("key %d: %q %v", i, back, err)
		}
		if _, err := other.Open("a", sealed); err == nil {
			t.Fatal("another key opens it")
		}
		if _, err := key.Open("b", sealed); err == nil {
			t.Fatal("it opens for another purpose")
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := key.Open("a", sealed); err == nil {
			t.Fatal("damaged, it opens")
		}
	}
	for _, bad := range []ed25519.PublicKey{nil, {1}, append([]byte{1}, make([]byte, 31)...)} {
		if _, err := identity.Seal(bad, "a", nil); err == nil {
			t.Errorf("sealed to %x", bad)
		}
	}
}
