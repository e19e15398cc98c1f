package identity

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha512"
	"fmt"
	"math/big"
	"slices"
)

// Seal encrypts a message to the node with that public key, so that nobody else can open it, now or
// wherever it is kept (RFC 9180, base mode: X25519, HKDF-SHA256, AES-256-GCM). domain names its
// purpose; Open needs the same. It does not prove the sender: the connection does.
func Seal(to ed25519.PublicKey, domain string, message []byte) ([]byte, error) {
	public, err := montgomery(to)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(domain), message)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open returns a message that was sealed to this key. The error does not tell a message for another
// key or domain from a damaged one.
func (k *Key) Open(domain string, sealed []byte) ([]byte, error) {
	// The scalar of an Ed25519 key (RFC 8032, 5.1.5); X25519 clamps it alike.
	digest := sha512.Sum512(k.private.Seed())
	scalar, err := ecdh.X25519().NewPrivateKey(digest[:32])
	if err != nil {
		return nil, fmt.Errorf("open a sealed message: %w", err)
	}

	private, err := hpke.NewDHKEMPrivateKey(scalar)
	if err != nil {
		return nil, fmt.Errorf("open a sealed message: %w", err)
	}

	message, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(domain), sealed)
	if err != nil {
		return nil, fmt.Errorf("open a sealed message: it is not for this key, or damaged: %w", err)
	}
	return message, nil
}

// montgomery returns the X25519 key of an Ed25519 one: u = (1+y)/(1-y) modulo
// 2^255-19 (RFC 7748, 4.1). Both sides of it are public.
func montgomery(key ed25519.PublicKey) (hpke.PublicKey, error) {
	if len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("a public key has %d bytes, not %d", ed25519.PublicKeySize, len(key))
	}
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	bytes := slices.Clone(key)
	bytes[31] &= 0x7f // the sign of x
	slices.Reverse(bytes)

	y := new(big.Int).SetBytes(bytes)
	one := big.NewInt(1)
	below := new(big.Int).ModInverse(new(big.Int).Mod(new(big.Int).Sub(one, y), p), p)
	if below == nil {
		return nil, fmt.Errorf("it is no usable public key")
	}

	u := new(big.Int).Mod(new(big.Int).Mul(new(big.Int).Add(one, y), below), p).FillBytes(make([]byte, 32))

	// X25519 reads little-endian numbers.
	slices.Reverse(u)
	public, err := ecdh.X25519().NewPublicKey(u)
	if err != nil {
		return nil, err
	}
	return hpke.NewDHKEMPublicKey(public)
}
