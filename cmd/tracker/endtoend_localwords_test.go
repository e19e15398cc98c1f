//go:build unix

package main

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

var (
	tokenSecret = regexp.MustCompile(`trk_[A-Za-z0-9_-]{20,}`)
	linkSecret  = regexp.MustCompile(`/respond/([a-z0-9]{20,})`)
)

// localDoings leaves words of its own wherever a person can leave any beside
// the records' fields and the answers: in the name of a list, its mapping, the
// rows that are refused, versions that are past, people, tokens, links, letters,
// drafts, notes in the log. It returns those that are not made of localWord.
func (d *federated) localDoings(t *testing.T, here cli.DemoNode, company string) []string {
	t.Helper()
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mapping := file("map.yaml", "columns:\n  "+localWord+"column: name\n  Mail: email\nvalues:\n  consent: {"+localWord+"yes: given}\n")
	header := "ID,CRN," + localWord + "column,Mail,Consent\n"
	first := file(localWord+"file.csv", header+"1,"+company+","+localWord+"earlier,a@example.org,"+localWord+"yes\n"+
		"2,"+localWord+"nobody,B,b@example.org,given\n3,,"+localWord+"homeless,c@example.org,given\n")
	second := file(localWord+"again.csv", header+"1,"+company+",Another Person,a@example.org,given\n")
	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	if said := d.tracker(here, "", "import", "contacts", first, "--map", mapping, "--rejects", rejects); said.code != cli.ExitFindings {
		t.Fatalf("exit %d: %s%s", said.code, said.out, said.err)
	}
	d.must(here, "import", "contacts", second)
	undone := file(localWord+"undone.csv", "CRN,Note\n"+company+","+localWord+"undone\n")
	id := regexp.MustCompile(`import undo ([0-9a-f-]{36})`).FindStringSubmatch(d.tracker(here, "", "import", "notes", undone).err)
	if id == nil {
		t.Fatal("no import to take back")
	}
	d.must(here, "import", "undo", id[1])
	if answers := file(localWord+"answers.csv", "CRN,q15\n"+localWord+"number,x\n"); d.tracker(here, "", "import", "responses", answers, "--cycle", "2022-23").code != cli.ExitFindings {
		t.Error("answers of nobody were taken")
	}

	d.must(here, "user", "add", localWord+"user", "--role", "viewer")
	token := d.must(here, "user", "token", "--name", localWord+"token", "--role", "viewer")
	invited := d.tracker(here, "", "survey", "invite", company, "--cycle", "2022-23", "--contact", localWord+"contact", "--email", localWord+"letter@example.org", "--json")
	letter := invited.out + invited.err
	if !strings.Contains(letter, "Dear "+localWord+"contact") {
		t.Errorf("the letter does not greet the contact: %s", letter)
	}
	secrets := tokenSecret.FindAllString(token, 1)
	if link := linkSecret.FindStringSubmatch(letter); link != nil {
		secrets = append(secrets, link[1])
		d.draft(t, here, link[1])
	}
	if len(secrets) < 2 {
		t.Errorf("no secrets in %s%s", token, letter)
	}
	kept := strings.Join(filesWith(t, here.Dir, localWord), " ")
	for _, word := range []string{"file.csv", "again.csv", "column", "earlier", "nobody", "user", "token", "contact", "draft"} {
		if len(filesWith(t, here.Dir, localWord+word)) == 0 {
			t.Errorf("%s is not even where it belongs (%s)", word, kept)
		}
	}
	return secrets
}

// draft types an answer on the company's own form, as somebody does who saves it
// to come back later.
func (d *federated) draft(t *testing.T, here cli.DemoNode, secret string) {
	t.Helper()
	client, address := d.client(here).HTTP, here.URL+"/respond/"+secret+"/questions/15"
	saved, err := client.PostForm(address, url.Values{"q15": {localWord + "draft"}, "later": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = saved.Body.Close()
	if saved.StatusCode != http.StatusSeeOther {
		t.Fatalf("the draft is not kept: %s", saved.Status)
	}
	back, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Body.Close()
	if page, err := io.ReadAll(back.Body); err != nil || !strings.Contains(string(page), localWord+"draft") {
		t.Errorf("the form has forgotten what was typed (%v): %s", err, page)
	}
}
