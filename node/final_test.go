package node_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/browsertest"
)

// answersFor is a complete answer.
var answersFor = map[string]any{"answers": map[string]any{"q01": "yes", "q02": []string{"nenc", "nwc"}, "q03": 12, "q04": 2, "q05": 1, "q06": 0,
	"q07": map[string]any{"equity": 50000}, "q08": 20000, "q10": 1}}

// person is somebody signed in at a node, without a browser.
type person struct {
	t    testing.TB
	at   region
	http *http.Client
}

func (r region) person(name, role string) person {
	r.t.Helper()
	password, _ := r.ask("POST", "/users", map[string]string{"name": name, "role": role})["new_password"].(string)
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	p := person{t: r.t, at: r, http: &http.Client{Jar: jar, Transport: r.http.Transport}}
	p.read("/sign-in", "name="+name, "password="+password)
	return p
}

// read opens a page, or sends it a form. It fails the test if that is refused.
func (p person) read(page string, fields ...string) string {
	p.t.Helper()
	status, text := p.send(page, fields)
	if status >= 400 {
		p.t.Fatalf("%s %q: %d\n%s", page, fields, status, text)
	}
	return text
}

// try sends a form that may be refused for now.
func (p person) try(page string, fields ...string) string {
	p.t.Helper()
	_, text := p.send(page, fields)
	return text
}

func (p person) send(page string, fields []string) (status int, text string) {
	p.t.Helper()
	method := "GET"
	if len(fields) > 0 {
		method = "POST"
	}
	request, err := http.NewRequest(method, p.at.url+page, strings.NewReader(strings.Join(fields, "&")))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := p.http.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestAYearBecomesFinal closes a survey, signs it off and co-signs it on the
// pages of two nodes, one of them in a browser without scripts, and reads the
// final figures and the report.
func TestAYearBecomesFinal(t *testing.T) {
	b := browsertest.New(t, browsingTimeout)
	b.Scripts(false)
	regions := startRegions(t, 2)
	us, them := regions[0], regions[1]
	us.ask("POST", "/campaigns", map[string]string{"cycle": cycle, "opens": "2023-06-01", "closes": "2023-09-30"})
	for i := range 12 {
		id := fmt.Sprintf("GB-COH:990001%02d", i)
		us.ask("POST", "/organisations", map[string]any{"identifiers": []string{id}, "name": fmt.Sprintf("Company %d Ltd", i), "kind": "company", "sector": "digital"})
		us.ask("POST", "/campaigns/"+cycle+"/supported", map[string]any{"organisations": []string{id}})
		holder := regions[i%2]
		holder.ask("POST", "/campaigns/"+cycle+"/claims", map[string]string{"organisation": id})
		holder.ask("PUT", "/campaigns/"+cycle+"/responses/"+id, answersFor)
	}
	neighbour := them.person("Nia", "lead")
	lead, _ := us.ask("POST", "/users", map[string]string{"name": "Lee Lead", "role": "lead"})["new_password"].(string)
	signIn(b, us, "Lee Lead", lead)
	final := "/national/" + cycle + "/certification"
	b.Open(us.url + final)
	b.Reads("Its figures become final after its close")
	us.ask("POST", "/campaigns/"+cycle+"/close", nil)

	says := func(what, page string, words ...string) {
		t.Helper()
		eventually(t, what, func() bool {
			b.Open(us.url + page)
			text := b.Text()
			for _, word := range words {
				if !strings.Contains(text, word) {
					return false
				}
			}
			return true
		})
	}
	says("sign-off that is offered", final, "Sign our figures off", "£120,000")
	b.Press("form[action$='/sign-off'] button")
	b.Reads("Our figures are signed off", "1 of 2 AHSNs are settled", "Ask Health Innovation North West Coast to sign off")
	eventually(t, "close at the other node", func() bool { return strings.Contains(neighbour.read(final), "Sign our figures off") })
	neighbour.read(final+"/sign-off", "revision=0")

	says("national table", final, "Co-sign this table", "£240,000", "12 answers are counted")
	table := b.Value("input[name=table]")
	neighbour.read(final+"/co-sign", "revision=0", "table="+table)
	b.Press("form[action$='/co-sign'] button")
	b.Reads("We co-signed the national table")
	says("final figures", "/national/"+cycle, "Final since", "£240,000", "2 AHSNs co-signed", table)
	b.Reads("Certified table")

	var page string
	eventually(t, "final report at the other node", func() bool {
		page = neighbour.read("/national/" + cycle + "/report.html")
		return strings.Contains(page, "Final figures, certified on")
	})
	for _, words := range []string{"£240,000", table, "Health Innovation North West Coast"} {
		if !strings.Contains(page, words) {
			t.Errorf("the report does not say %q", words)
		}
	}
	if ours := us.person("Vic", "viewer").read("/national/" + cycle + "/report.html"); ours != page {
		t.Error("two nodes make different reports of the same year")
	}
}
