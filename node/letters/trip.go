package letters

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/textproto"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// trip is one connection to the mail server, made again when it breaks.
type trip struct {
	office   *Office
	client   *gomail.Client
	line     net.Conn // the client's: it leaves it open when a connection cannot be secured
	failures int      // in a row
}

func (t *trip) end() {
	if t.client != nil {
		_ = t.client.Close() // the letters are decided
	}
	if t.line != nil {
		_ = t.line.Close()
	}
	t.client, t.line = nil, nil
}

// carry hands one letter over.
func (t *trip) carry(ctx context.Context, l Letter) Delivery {
	d := Delivery{To: l.To, State: Failed}
	message, err := t.office.message(l)
	if err != nil {
		d.State, d.Reason = Refused, "the address is not one"
		return d
	}
	if err := t.office.pace.Wait(ctx); err != nil {
		d.Reason = "it took too long"
		return d
	}
	if err := t.begin(ctx); err != nil {
		t.failures++
		t.office.log.Error("the mail server cannot be used", "error", err)
		d.Reason = "the mail server cannot be used now: " + plainReason(err)
		return d
	}
	err = t.client.Send(message)
	if err == nil {
		t.failures = 0
		d.State = Sent
		return d
	}
	t.office.log.Error("a letter was not sent", "organisation", l.Organisation, "error", err)
	d.State, d.Reason = judge(err)
	if d.State == Refused {
		t.failures = 0
		return d
	}
	t.failures++
	t.end()
	return d
}

func (t *trip) begin(ctx context.Context) error {
	if t.client != nil {
		return nil
	}
	client, err := t.office.client(func(ctx context.Context, network, address string) (line net.Conn, err error) {
		t.line, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return t.line, err
	})
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		t.end()
		return err
	}
	t.client = client
	return nil
}

// judge says what an error means for the letter.
func judge(err error) (State, string) {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return Unknown, "the connection broke: it may arrive"
	}
	switch code := failed.ErrorCode(); {
	case code >= 500:
		return Refused, "the mail server does not take it: " + plainReason(err)
	case code >= 400:
		return Failed, "the mail server does not take it now: " + plainReason(err)
	case failed.Reason == gomail.ErrSMTPDataClose || failed.Reason == gomail.ErrWriteContent:
		return Unknown, "the connection broke: it may arrive"
	}
	return Failed, "the connection broke before it left"
}

const maxReason = 120 // characters of another machine's words

// plainReason is the server's own answer if there was one, on one line. What
// a server says is hostile text: it is cut short.
func plainReason(err error) string {
	text := err.Error()
	var answer *textproto.Error
	if errors.As(err, &answer) {
		text = answer.Error()
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if runes := []rune(text); len(runes) > maxReason {
		text = string(runes[:maxReason]) + "…"
	}
	return text
}

// message writes the letter as mail does. The library encodes headers, so that
// a company's name can add none.
func (o *Office) message(l Letter) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.FromFormat(o.options.Name, o.options.From); err != nil {
		return nil, err
	}
	if err := m.To(l.To); err != nil {
		return nil, err
	}
	m.Subject(strings.Join(strings.Fields(l.Subject), " "))
	m.SetDate()
	m.SetMessageIDWithValue(strings.ToLower(rand.Text()) + "@" + o.domain) // not the machine's name
	m.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(l.Body, "\r\n", "\n"))
	return m, nil
}
