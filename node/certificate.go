package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Names of the people's port's certificate files in a node's directory. They
// have nothing to do with the node's own key: node-to-node calls never depend
// on browser certificates.
const (
	AuthorityFile   = "ca.pem"
	CertificateFile = "people.pem"
	PrivateKeyFile  = "people-key.pem"
)

// Browsers refuse certificates of more than 398 days from public authorities;
// a private one may live longer, but nobody should have to trust it for ever.
const (
	authorityLife   = 5 * 365 * 24 * time.Hour
	certificateLife = 2 * 365 * 24 * time.Hour
	backdate        = time.Hour // for clients whose clock is a little behind
)

// Authority is a small private certificate authority for the people's port,
// for organisations that have none of their own and for the demo.
type Authority struct {
	certificate *x509.Certificate
	der         []byte
	key         *ecdsa.PrivateKey
}

// NewAuthority makes an authority. It is kept in memory only: what it issued
// stays valid, and nobody can issue more.
func NewAuthority(name string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the authority's key: %w", err)
	}

	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}

	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the authority's certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back the authority's certificate: %w", err)
	}
	return &Authority{certificate: certificate, der: der, key: key}, nil
}

// WriteCertificate writes the authority's certificate (PEM) for clients to trust. It replaces an
// earlier file.
func (a *Authority) WriteCertificate(path string) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.der}), 0o644)
}

// Issue writes a certificate and its key (0600) for the hosts into dir, as
// CertificateFile and PrivateKeyFile. Hosts are DNS names or IP addresses.
func (a *Authority) Issue(dir string, hosts []string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the certificate's key: %w", err)
	}

	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: hosts[0]},
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(certificateLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}

	// Browsers compare names and addresses in different fields.
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}

	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("sign the certificate: %w", err)
	}

	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode the certificate's key: %w", err)
	}

	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	if err := os.WriteFile(filepath.Join(dir, PrivateKeyFile), keyPEM, 0o600); err != nil {
		return err
	}
	certificatePEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return os.WriteFile(filepath.Join(dir, CertificateFile), certificatePEM, 0o644)
}

// EnsureCertificate makes a certificate for the people's port in dir, with an
// authority of its own in AuthorityFile, unless there is one already.
func EnsureCertificate(dir string, hosts []string) error {
	_, err := os.Stat(filepath.Join(dir, CertificateFile))
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for the people's certificate: %w", err)
	}

	authority, err := NewAuthority("tracker on " + hosts[0])
	if err != nil {
		return err
	}
	if err := authority.WriteCertificate(filepath.Join(dir, AuthorityFile)); err != nil {
		return fmt.Errorf("write the authority's certificate: %w", err)
	}
	if err := authority.Issue(dir, hosts); err != nil {
		return fmt.Errorf("issue the people's certificate: %w", err)
	}
	return nil
}

// serial returns a random 120-bit serial number; crypto/rand never fails.
func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err)
	}
	return n
}
