package letters

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/time/rate"

	"github.com/ahsn-network/tracker/store/survey"
)

// Security is how the connection to the mail server is protected.
type Security string

// An empty Security demands STARTTLS: a server that does not offer it gets neither the password nor
// a letter.
const (
	StartTLS  Security = "starttls"
	TLS       Security = "tls"
	Plaintext Security = "none"
)

const (
	// MaxLetters bounds the letters of one call, because a person waits for it.
	MaxLetters    = 100
	maxPerSecond  = 5 // letters
	serverTimeout = 20 * time.Second
	// maxFailures in a row end a call: the remaining letters are not tried.
	maxFailures = 3
)

// Options of a mailer. Without Address it sends nothing.
type Options struct {
	Contacts Contacts
	Address  string // host:port of the mail server
	From     string // the address that letters come from and replies go to
	Name     string // the sender's name, beside From
	User     string // empty: no authentication
	Password string
	Security Security
	Roots    *x509.CertPool // nil: the machine's own
	Logger   *slog.Logger
}

// Mailer sends letters. All methods may be called at the same time.
type Mailer struct {
	options Options
	log     *slog.Logger
	host    string
	port    int
	domain  string
	pace    *rate.Limiter // over all calls
}

// Open checks the options. It opens no connection.
func Open(options Options) (*Mailer, error) {
	if options.Contacts == nil {
		return nil, errors.New("open the letters: Options.Contacts is missing")
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}

	log := options.Logger.With("component", "letters")
	m := &Mailer{options: options, log: log, pace: rate.NewLimiter(maxPerSecond, 1)}
	if options.Address == "" {
		return m, nil
	}

	host, port, err := net.SplitHostPort(options.Address)
	if err != nil {
		return nil, survey.Invalid("open the letters: %q is no address of a mail server", options.Address)
	}
	if m.port, err = strconv.Atoi(port); err != nil {
		return nil, survey.Invalid("open the letters: %q is no port", port)
	}
	m.host = host

	from, err := mail.ParseAddress(options.From)
	if err != nil {
		return nil, survey.Invalid("open the letters: %q is no address to send from", options.From)
	}
	_, m.domain, _ = strings.Cut(from.Address, "@")
	m.options.From = from.Address

	_, err = m.client(nil)
	return m, err
}

// Sends reports whether there is a mail server.
func (m *Mailer) Sends() bool { return m != nil && m.host != "" }

// client returns a client of the mail server. It connects by dial, unless dial is nil or Security
// is TLS.
func (m *Mailer) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	settings := []gomail.Option{gomail.WithPort(m.port), gomail.WithTimeout(serverTimeout), gomail.WithHELO(m.domain),
		gomail.WithTLSConfig(m.tlsConfig())}

	switch m.options.Security {
	case "", StartTLS:
		settings = append(settings, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		settings = append(settings, gomail.WithSSL())
	case Plaintext:
		settings = append(settings, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, survey.Invalid("open the letters: %q is no way to protect letters", m.options.Security)
	}

	// With TLS the library's own dialler tells it that the connection is encrypted.
	if dial != nil && m.options.Security != TLS {
		settings = append(settings, gomail.WithDialContextFunc(dial))
	}

	if m.options.User != "" {
		settings = append(settings, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(m.options.User),
			gomail.WithPassword(m.options.Password))
	}

	client, err := gomail.NewClient(m.host, settings...)
	if err != nil {
		return nil, fmt.Errorf("open the letters: %w", err)
	}
	return client, nil
}

func (m *Mailer) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12, RootCAs: m.options.Roots}
}

// Send sends the letters through the mail server, at most five a second and MaxLetters in all, and
// returns the outcome of each, in their order. Letters beyond MaxLetters, and those after the
// server stopped answering, are Failed: they were not sent. It blocks until the last outcome is
// known or ctx ends.
func (m *Mailer) Send(ctx context.Context, letters []Letter) []Delivery {
	out := make([]Delivery, len(letters))
	conn := &connection{mailer: m}
	defer conn.close()

	// A person waits for the result, so a server that does not answer is given up early.
	for i, l := range letters {
		switch {
		case !m.Sends():
			out[i] = Delivery{To: l.To, State: Failed, Reason: "no mail server is set up"}
		case i >= MaxLetters:
			reason := fmt.Sprintf("at most %d letters are sent at a time: send again", MaxLetters)
			out[i] = Delivery{To: l.To, State: Failed, Reason: reason}
		case conn.failures >= maxFailures:
			out[i] = Delivery{To: l.To, State: Failed, Reason: "the mail server cannot be used now"}
		default:
			out[i] = conn.send(ctx, l)
		}
	}
	return out
}
