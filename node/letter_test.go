package node_test

import (
	"bufio"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/node/browsertest"
)

// postbox is a mail server on loopback that keeps every letter.
type postbox struct {
	listener net.Listener
	serving  sync.WaitGroup
	mu       sync.Mutex
	letters  []letter
}

type letter struct{ to, text string }

func openPostbox(t *testing.T) *postbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postbox{listener: listener}
	p.serving.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			p.serving.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.serving.Wait()
	})
	return p
}

// serve speaks as much SMTP as taking a letter needs.
func (p *postbox) serve(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(c)
	var l letter
	answer := "220 mail.example ESMTP"
	for {
		if _, err := fmt.Fprintf(c, "%s\r\n", answer); err != nil {
			return
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		answer = "250 ok"
		switch verb, rest, _ := strings.Cut(strings.TrimSpace(line), " "); strings.ToUpper(verb) {
		case "RCPT":
			_, rest, _ = strings.Cut(rest, "<")
			l.to, _, _ = strings.Cut(rest, ">")
		case "DATA":
			_, _ = io.WriteString(c, "354 go on\r\n")
			l.text = readLetter(in)
			p.mu.Lock()
			p.letters = append(p.letters, l)
			p.mu.Unlock()
		case "QUIT":
			_, _ = io.WriteString(c, "221 bye\r\n")
			return
		}
	}
}

// readLetter reads to the line with a full stop, and decodes the text.
func readLetter(in *bufio.Reader) string {
	var coded strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		coded.WriteString(strings.TrimPrefix(line, "."))
	}
	text, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(coded.String())))
	return string(text)
}

func (p *postbox) got() []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]letter(nil), p.letters...)
}

// TestInvitedAndRemindedByMail sends an invitation from the company's page by a
// mail server, opens the link that came, and reminds the company.
func TestInvitedAndRemindedByMail(t *testing.T) {
	b, post := browsertest.New(t, browsingTimeout), openPostbox(t)
	_, us := oneNode(t, func(c *config.Config) {
		c.SMTP = config.SMTP{Address: post.listener.Addr().String(), From: "survey@otv.example", Security: "none"}
	})
	openSurvey(us)
	us.ask("POST", "/campaigns/"+cycle+"/claims", map[string]string{"organisation": northfield})
	lead, _ := us.ask("POST", "/users", map[string]string{"name": "Lee Lead", "role": "lead"})["new_password"].(string)
	signIn(b, us, "Lee Lead", lead)
	b.Choose("My claims")
	b.Choose("Northfield Digital Health Ltd")
	b.Enter("Name of the contact", "Pat Lee")
	b.Enter("E-mail address", "pat@northfield.example")
	b.Choose("Make a link and send it")
	b.Reads("Sent", "has gone to pat@northfield.example")
	letters := post.got()
	if len(letters) != 1 || letters[0].to != "pat@northfield.example" || !strings.Contains(letters[0].text, "Dear Pat Lee") {
		t.Fatalf("the letters are %q", letters)
	}
	at := strings.Index(letters[0].text, us.url+"/respond/")
	if at < 0 {
		t.Fatalf("there is no link in\n%s", letters[0].text)
	}
	b.Open(strings.Fields(letters[0].text[at:])[0])
	b.Reads("Yearly survey of Northfield Digital Health Ltd")
	b.Open(us.url + "/links")
	b.Choose("Send 1 reminder by e-mail")
	b.Reads("1 reminder sent", "pat@northfield.example")
	if letters = post.got(); len(letters) != 2 || letters[1].to != "pat@northfield.example" {
		t.Errorf("the letters are %q", letters)
	}
}

// TestAFormComesBackByMail saves a company's form, fills it in as the company
// would, and takes it in again: compared first, then recorded.
func TestAFormComesBackByMail(t *testing.T) {
	b := browsertest.New(t, browsingTimeout)
	us, adviser := freeCompany(t)
	us.ask("POST", "/campaigns/"+cycle+"/claims", map[string]string{"organisation": northfield})
	signIn(b, us, "Ada Adviser", adviser)
	b.Choose("My claims")
	b.Choose("Northfield Digital Health Ltd")
	_, form := b.Saves("Form to send by e-mail (Excel)")
	returned := filepath.Join(t.TempDir(), "returned.xlsx")
	fillIn(t, form, returned, map[string]string{"q01": "yes", "q03": "41", "q08": "400000"})
	b.Choose("Links")
	b.Choose("Take in a form that a company sent back by e-mail")
	b.Upload("#file", returned)
	b.Choose("Compare it")
	b.Reads("1 answer can be recorded", "Nothing has been recorded yet")
	b.Choose("Record 1 answer")
	b.Reads("1 answer recorded")
	b.Choose("Northfield Digital Health Ltd")
	b.Choose("Change the answers")
	if staff, helped := b.Value("#q03"), b.Value("#q08"); staff != "41" || !strings.HasPrefix(strings.ReplaceAll(helped, ",", ""), "400000") {
		t.Errorf("recorded are %q posts and %q pounds", staff, helped)
	}
}

// fillIn writes answers into the rows of a form, by the field that each names.
func fillIn(t *testing.T, form, into string, answers map[string]string) {
	t.Helper()
	book, err := excelize.OpenFile(form)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	sheet := book.GetSheetName(0)
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	filled := 0
	for i, row := range rows {
		if answer, ok := answers[row[0]]; ok {
			filled++
			if err := book.SetCellStr(sheet, fmt.Sprintf("C%d", i+1), answer); err != nil {
				t.Fatal(err)
			}
		}
	}
	if filled != len(answers) {
		t.Fatalf("the form has %d of the %d questions: %q", filled, len(answers), rows)
	}
	if err := book.SaveAs(into); err != nil {
		t.Fatal(err)
	}
}
