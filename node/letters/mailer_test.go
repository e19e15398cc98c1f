package letters_test

import (
	"context"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// contacts are canned records of people at companies.
type contacts []survey.Record

func (c contacts) Records(f store.RecordFilter, _ string, _ int) ([]survey.Record, string, error) {
	return slices.DeleteFunc(slices.Clone(c), func(r survey.Record) bool { return r.Organisation() != f.Organisation }), "", nil
}

func open(t *testing.T, s *mailServer, change func(*letters.Options)) *letters.Mailer {
	t.Helper()
	options := letters.Options{Contacts: contacts{}, Address: s.listener.Addr().String(), From: "survey@otv.example", Name: "Health Innovation Oxford & Thames Valley",
		User: "otv", Password: "open sesame", Roots: s.roots}
	if change != nil {
		change(&options)
	}
	o, err := letters.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func letterTo(address string) letters.Letter {
	return letters.Letter{Organisation: "GB-COH:99000001", To: address, Subject: "Yearly survey", Body: "Dear Pat,\r\n\r\n.\r\nYour link"}
}

func TestLettersLeave(t *testing.T) {
	s := newMailServer(t)
	o := open(t, s, nil)
	l := letterTo("pat@company.example")
	l.Subject = "Yearly survey of Évil\r\nBcc: all@company.example\r\n\r\nLtd"
	l.Body = "Dear Pat,\r\n\r\n£1 – your own link:\r\nhttps://survey.example.org/respond/" + strings.Repeat("x", 120)
	got := o.Send(context.Background(), []letters.Letter{l})
	if len(got) != 1 || got[0].State != letters.Sent || got[0].To != l.To {
		t.Fatalf("%+v", got)
	}
	arrived := s.got()
	if len(arrived) != 1 || arrived[0].to != l.To || arrived[0].from != "survey@otv.example" || !arrived[0].encrypted || arrived[0].user != "/otv/open sesame" {
		t.Fatalf("%+v", arrived)
	}
	m, err := mail.ReadMessage(strings.NewReader(arrived[0].data))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Bcc") != "" {
		t.Error("a company's name added a header")
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "Yearly survey of Évil Bcc: all@company.example Ltd" {
		t.Errorf("subject %q %v", subject, err)
	}
	if from := m.Header.Get("From"); !strings.Contains(from, "Thames Valley") || !strings.Contains(from, "<survey@otv.example>") {
		t.Errorf("from %q", from)
	}
	if id := m.Header.Get("Message-Id"); !strings.HasSuffix(id, "@otv.example>") {
		t.Errorf("message id %q", id)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")) != strings.ReplaceAll(l.Body, "\r\n", "\n") {
		t.Errorf("body %q %v", body, err)
	}
}

// Each recipient has a result of its own, and a failure does not hold up the others.
func TestResultsByRecipient(t *testing.T) {
	s := newMailServer(t, func(s *mailServer) {
		s.refuse["gone@company.example"] = "550 5.1.1 no such user"
		s.refuse["full@company.example"] = "452 4.2.2 mailbox full"
		s.hangUp["broken@company.example"] = true
	})
	o := open(t, s, nil)
	var round []letters.Letter
	want := []letters.State{letters.Sent, letters.Refused, letters.Failed, letters.Unknown, letters.Sent, letters.Refused}
	for _, to := range []string{"a@company.example", "gone@company.example", "full@company.example", "broken@company.example", "b@company.example", "nobody"} {
		round = append(round, letterTo(to))
	}
	for i, d := range o.Send(context.Background(), round) {
		if d.State != want[i] || d.To != round[i].To || d.State != letters.Sent && d.Reason == "" {
			t.Errorf("%s: %+v, want %s", round[i].To, d, want[i])
		}
	}
	if got := s.got(); len(got) != 2 {
		t.Errorf("%d letters arrived", len(got))
	}
}

func TestWithoutStartTLSNothingLeaves(t *testing.T) {
	s := newMailServer(t, func(s *mailServer) { s.noTLS = true })
	got := open(t, s, nil).Send(context.Background(), []letters.Letter{letterTo("pat@company.example")})
	if got[0].State != letters.Failed || len(s.got()) != 0 {
		t.Errorf("%+v, %d arrived", got, len(s.got()))
	}
	if strings.Contains(got[0].Reason, "sesame") {
		t.Error("the reason holds the password")
	}
	plain := open(t, s, func(o *letters.Options) { o.Security, o.User = letters.Plaintext, "" })
	if got := plain.Send(context.Background(), []letters.Letter{letterTo("pat@company.example")}); got[0].State != letters.Sent {
		t.Errorf("without protection, as it was told: %+v", got)
	}
}

func TestTLSFromTheStart(t *testing.T) {
	s := newMailServer(t, func(s *mailServer) { s.fromStart = true })
	got := open(t, s, func(o *letters.Options) { o.Security = letters.TLS }).Send(context.Background(), []letters.Letter{letterTo("pat@company.example")})
	if got[0].State != letters.Sent || s.got()[0].user != "/otv/open sesame" {
		t.Errorf("%+v", got)
	}
}

func TestAForeignCertificateIsRefused(t *testing.T) {
	s := newMailServer(t)
	got := open(t, s, func(o *letters.Options) { o.Roots = newMailServer(t).roots }).Send(context.Background(), []letters.Letter{letterTo("pat@company.example")})
	if got[0].State != letters.Failed || len(s.got()) != 0 {
		t.Errorf("%+v", got)
	}
}

// A server that does not answer is not tried for every letter.
func TestGivesUp(t *testing.T) {
	s := newMailServer(t)
	o := open(t, s, func(o *letters.Options) { o.Address = "127.0.0.1:1" }) // nobody is given that port
	round := slices.Repeat([]letters.Letter{letterTo("pat@company.example")}, 20)
	began := time.Now()
	for i, d := range o.Send(context.Background(), round) {
		if d.State != letters.Failed {
			t.Errorf("letter %d: %+v", i, d)
		}
	}
	if time.Since(began) > 20*time.Second {
		t.Errorf("it took %v", time.Since(began))
	}
}

// Letters are sent at a bounded pace, and at most MaxLetters at a time.
func TestPace(t *testing.T) {
	s := newMailServer(t)
	o := open(t, s, nil)
	began := time.Now()
	o.Send(context.Background(), slices.Repeat([]letters.Letter{letterTo("pat@company.example")}, 6))
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("six letters left within %v", took)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	got := o.Send(ctx, slices.Repeat([]letters.Letter{letterTo("pat@company.example")}, letters.MaxLetters+1))
	if got[0].State != letters.Failed || !strings.Contains(got[letters.MaxLetters].Reason, "at a time") {
		t.Errorf("%+v ... %+v", got[0], got[letters.MaxLetters])
	}
}

func TestNoServer(t *testing.T) {
	o, err := letters.Open(letters.Options{Contacts: contacts{}})
	if err != nil || o.Sends() {
		t.Fatal(err, o.Sends())
	}
	if got := o.Send(context.Background(), []letters.Letter{letterTo("a@b.example")}); got[0].State != letters.Failed {
		t.Errorf("%+v", got)
	}
	for _, bad := range []letters.Options{{}, {Contacts: contacts{}, Address: "mail"}, {Contacts: contacts{}, Address: "mail:25", From: "nobody"},
		{Contacts: contacts{}, Address: "mail:x", From: "a@b.example"}, {Contacts: contacts{}, Address: "mail:25", From: "a@b.example", Security: "perhaps"}} {
		if _, err := letters.Open(bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

func contact(organisation, email, field string, number int64, text string) survey.Record {
	return survey.Record{Kind: survey.RecordContacts, Values: []survey.RecordValue{
		{Field: "organisation", Text: organisation}, {Field: "email", Text: email}, {Field: field, Number: number, Text: text}}}
}

func TestWhoMayBeWrittenTo(t *testing.T) {
	known := contacts{
		contact("GB-COH:99000001", "pat@company.example", "opted_out", 1, ""),
		contact("GB-COH:99000001", "kim@company.example", "consent", 0, "withdrawn"),
		contact("GB-COH:99000001", "jo@company.example", "consent", 0, "given"),
		contact("GB-COH:99000002", "new@company.example", "opted_out", 1, ""),
	}
	o, err := letters.Open(letters.Options{Contacts: known})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{"Pat@Company.example ": false, "kim@company.example": false, "jo@company.example": true, "new@company.example": true} {
		if got, err := o.MayWrite("GB-COH:99000001", address); got != want || err != nil {
			t.Errorf("%s: %v %v", address, got, err)
		}
	}
}
