package letters_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailServer is a small SMTP server on loopback. It accepts letters, and refuses or hangs up at the
// recipients that the test names.
type mailServer struct {
	t         *testing.T
	listener  net.Listener
	secure    *tls.Config
	roots     *x509.CertPool
	noTLS     bool
	fromStart bool              // TLS at once
	refuse    map[string]string // recipient -> answer
	hangUp    map[string]bool   // recipient: closes the connection after the letter
	serving   sync.WaitGroup
	mu        sync.Mutex
	letters   []received
	greetings int
}

// received is one letter as it arrived.
type received struct {
	from, to, data, user string
	encrypted            bool
}

// newMailServer starts a server, after the changes to its behaviour.
func newMailServer(t *testing.T, changes ...func(*mailServer)) *mailServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{t: t, roots: x509.NewCertPool(), refuse: map[string]string{}, hangUp: map[string]bool{},
		secure: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}}
	s.roots.AddCert(parsed)
	for _, change := range changes {
		change(s)
	}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.serving.Go(func() {
		for {
			c, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.serving.Go(func() {
				if s.fromStart {
					c = tls.Server(c, s.secure)
				}
				s.serve(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = s.listener.Close()
		s.serving.Wait()
	})
	return s
}

func (s *mailServer) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(c)
	say := func(line string) { _, _ = fmt.Fprintf(c, "%s\r\n", line) }
	s.mu.Lock()
	s.greetings++
	s.mu.Unlock()
	say("220 mail.example ESMTP")
	l := received{encrypted: s.fromStart}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			if !l.encrypted && !s.noTLS {
				say("250-mail.example")
				say("250 STARTTLS")
			} else {
				say("250-mail.example")
				say("250 AUTH PLAIN")
			}
		case "STARTTLS":
			say("220 go on")
			secured := tls.Server(c, s.secure)
			c, in, l.encrypted = secured, bufio.NewReader(secured), true
		case "AUTH":
			_, token, _ := strings.Cut(rest, " ")
			plain, _ := base64.StdEncoding.DecodeString(token)
			l.user = strings.ReplaceAll(string(plain), "\x00", "/")
			say("235 welcome")
		case "MAIL":
			l.from = between(rest)
			say("250 ok")
		case "RCPT":
			l.to = between(rest)
			if answer := s.refuse[l.to]; answer != "" {
				say(answer)
			} else {
				say("250 ok")
			}
		case "DATA":
			say("354 go on")
			l.data = readData(in)
			if s.hangUp[l.to] {
				return
			}
			s.mu.Lock()
			s.letters = append(s.letters, l)
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default: // RSET, NOOP
			say("250 ok")
		}
	}
}

func between(text string) string {
	_, text, _ = strings.Cut(text, "<")
	text, _, _ = strings.Cut(text, ">")
	return text
}

func readData(in *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String()
		}
		b.WriteString(line)
	}
}

func (s *mailServer) got() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.letters...)
}
