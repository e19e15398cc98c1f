package letters

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/textproto"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/ahsn-network/tracker/store/survey"
)

// connection is one connection to the mail server. It is made again when it breaks.
type connection struct {
	mailer   *Mailer
	client   *gomail.Client
	conn     net.Conn // the client's: the library leaves it open if it cannot be secured
	failures int      // in a row
}

func (c *connection) close() {
	if c.client != nil {
		_ = c.client.Close() // every letter has its outcome by now
	}
	if c.conn != nil {
		_ = c.conn.Close()
	}
	c.client, c.conn = nil, nil
}

// send sends one letter and returns its outcome.
func (c *connection) send(ctx context.Context, l Letter) Delivery {
	d := Delivery{To: l.To, State: Failed}
	message, err := c.mailer.message(l)
	if err != nil {
		d.State, d.Reason = Refused, "the address is not one"
		return d
	}

	if err := c.mailer.pace.Wait(ctx); err != nil {
		d.Reason = "it took too long"
		return d
	}

	if err := c.connect(ctx); err != nil {
		c.failures++
		c.mailer.log.Error("the mail server cannot be used", "error", err)
		d.Reason = "the mail server cannot be used now: " + serverWords(err)
		return d
	}

	err = c.client.Send(message)
	if err == nil {
		c.failures = 0
		d.State = Sent
		return d
	}

	// After a refusal the server still answers, so that only other errors count as failures and
	// break the connection.
	c.mailer.log.Error("a letter was not sent", "organisation", l.Organisation, "error", err)
	d.State, d.Reason = classify(err)
	if d.State == Refused {
		c.failures = 0
		return d
	}
	c.failures++
	c.close()
	return d
}

func (c *connection) connect(ctx context.Context) error {
	if c.client != nil {
		return nil
	}
	client, err := c.mailer.client(func(ctx context.Context, network, address string) (line net.Conn, err error) {
		c.conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return c.conn, err
	})
	if err != nil {
		return err
	}

	if err := client.DialWithContext(ctx); err != nil {
		c.close()
		return err
	}
	c.client = client
	return nil
}

// classify returns what an error means for the letter, and the reason in words.
func classify(err error) (State, string) {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return Unknown, "the connection broke: it may arrive"
	}
	switch code := failed.ErrorCode(); {
	case code >= 500:
		return Refused, "the mail server does not take it: " + serverWords(err)
	case code >= 400:
		return Failed, "the mail server does not take it now: " + serverWords(err)
	case failed.Reason == gomail.ErrSMTPDataClose || failed.Reason == gomail.ErrWriteContent:
		return Unknown, "the connection broke: it may arrive"
	}
	return Failed, "the connection broke before it left"
}

const maxReason = 120 // characters of the server's text

// serverWords returns the server's reply on one line, or the error's text if there was no reply.
// The text is untrusted, so its length is bounded.
func serverWords(err error) string {
	text := err.Error()

	var answer *textproto.Error
	if errors.As(err, &answer) {
		text = answer.Error()
	}

	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	return survey.Clip(text, maxReason)
}

// message turns the letter into MIME. The library encodes headers, so a company's name cannot add
// one.
func (m *Mailer) message(l Letter) (*gomail.Msg, error) {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := message.FromFormat(m.options.Name, m.options.From); err != nil {
		return nil, err
	}
	if err := message.To(l.To); err != nil {
		return nil, err
	}

	// The library would otherwise put the machine's name into the message id.
	message.Subject(strings.Join(strings.Fields(l.Subject), " "))
	message.SetDate()
	message.SetMessageIDWithValue(strings.ToLower(rand.Text()) + "@" + m.domain)
	message.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(l.Body, "\r\n", "\n"))
	return message, nil
}
