package node_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/node/browsertest"
	"github.com/ahsn-network/tracker/store/survey"
)

// region is one node of a small federation in this process, with its
// administrator's token.
type region struct {
	t     testing.TB
	url   string
	token string
	http  *http.Client
	node  *node.Node
}

// startRegions runs real nodes with sockets, TLS and files, and returns when
// they can claim.
func startRegions(t testing.TB, n int, changes ...func(*federation.Peers)) []region {
	t.Helper()
	regions := survey.Regions()[:n]
	peers := federation.Peers{Federation: identity.NewFederationID(), Founder: regions[0].Region, Policy: "open", SoloSteps: true}
	for _, change := range changes {
		change(&peers)
	}
	var settings []config.Config
	for _, info := range regions {
		c := config.Default()
		c.Dir, c.Region, c.Policy = filepath.Join(t.TempDir(), string(info.Region)), string(info.Region), "open"
		c.NodeListen, c.Listen, c.OperatorListen = freeAddress(t), "127.0.0.1:0", "127.0.0.1:0"
		key, err := node.Create(c)
		if err != nil {
			t.Fatal(err)
		}
		peers.Members = append(peers.Members, survey.Member{Region: info.Region, Key: key.Public(), Address: c.NodeListen, Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1})
		settings = append(settings, c)
	}
	var out []region
	var nodes []*node.Node
	for _, c := range settings {
		if err := peers.Save(c.Dir); err != nil {
			t.Fatal(err)
		}
		n, err := node.Open(node.Options{Config: c, Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		})
		nodes = append(nodes, n)
		token, err := os.ReadFile(filepath.Join(c.Dir, node.TokenFile))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, region{t: t, url: "https://" + n.Addr(node.PeoplePort), token: strings.TrimSpace(string(token)),
			http: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}, node: n})
	}
	eventually(t, "a leader", func() bool {
		for _, n := range nodes {
			s := n.NodeStatus()
			q := n.FederationStatus().Quorum
			if s.Registry.Leader == "" || s.Registry.Index == 0 || q.Reachable < q.Voters { // index 0: the founding is not here yet
				return false
			}
		}
		return true
	})
	return out
}

// freeAddress is one that nobody is given before a node listens on it: operating
// systems hand out ports from 32768 on.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 16_384+rand.IntN(16_384))); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// Bounds of what the tests wait for, on a machine that does other things too.
const (
	browsingTimeout = 5 * time.Minute
	factTimeout     = 2 * time.Minute
)

// eventually asks again and again, for at most factTimeout.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(factTimeout)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("there is no %s after %v", what, factTimeout)
		}
	}
}

// ask speaks to the node's API.
func (r region) ask(method, path string, body any) map[string]any {
	r.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	request, err := http.NewRequest(method, r.url+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := r.http.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		r.t.Fatalf("%s %s: %d %s %v", method, path, answer.StatusCode, data, err)
	}
	var out map[string]any
	if len(data) > 0 {
		if err := json.Unmarshal(data, &out); err != nil {
			r.t.Fatal(err)
		}
	}
	return out
}

const (
	northfield = "GB-COH:99000001"
	cycle      = "2022-23"
)

// openSurvey opens a survey with one company that nobody holds.
func openSurvey(us region) {
	us.t.Helper()
	us.ask("POST", "/campaigns", map[string]string{"cycle": cycle, "opens": "2023-06-01", "closes": "2023-09-30"})
	us.ask("POST", "/organisations", map[string]any{"identifiers": []string{northfield}, "name": "Northfield Digital Health Ltd", "kind": "company", "sector": "digital"})
	us.ask("POST", "/campaigns/"+cycle+"/supported", map[string]any{"organisations": []string{northfield}})
}

// freeCompany runs one region with such a survey and an adviser.
func freeCompany(t *testing.T) (us region, adviser string) {
	t.Helper()
	us = startRegions(t, 1)[0]
	openSurvey(us)
	adviser, _ = us.ask("POST", "/users", map[string]string{"name": "Ada Adviser", "role": "adviser"})["new_password"].(string)
	return us, adviser
}

func signIn(b browsertest.Browser, us region, name, password string) {
	us.t.Helper()
	b.Open(us.url + "/sign-in")
	b.Enter("Name", name)
	b.Enter("Password", password)
	b.Choose("Sign in")
}

// TestSignedOutIsOut: signing out takes the pages away, also for the back
// button.
func TestSignedOutIsOut(t *testing.T) {
	b := browsertest.New(t, browsingTimeout)
	us, adviser := freeCompany(t)
	signIn(b, us, "Ada Adviser", adviser)
	b.Open(us.url + "/companies?q=northfield")
	b.Reads("Northfield")
	b.Choose("Sign out")
	b.Reads("Sign in")
	b.Back()
	if text := b.Text(); strings.Contains(text, "Northfield") {
		t.Fatalf("the back button shows a page after sign-out:\n%s", text)
	}
}

// TestWithoutScripts claims, records and reads with scripts switched off.
func TestWithoutScripts(t *testing.T) {
	b := browsertest.New(t, browsingTimeout)
	us, adviser := freeCompany(t)
	b.Scripts(false)
	signIn(b, us, "Ada Adviser", adviser)
	b.Press("a[href='/companies']")
	b.Fill("#q", "northfield")
	b.Press("form[role=search] button")
	b.Press("#results a[href='/companies/" + northfield + "']")
	b.Press("form[action$='/claim'] button")
	b.Press("a[href*='#local']")
	b.Press("#local a[href*='/answers']")
	b.Fill("#q03", "twelve")
	b.Press("main form button[type=submit]")
	b.Do("see what is wrong", chromedp.WaitVisible(chromedp.CSS(".nhsuk-error-summary")))
	if got := b.Value("#q03"); got != "twelve" {
		t.Errorf("the form came back with %q", got)
	}
	b.Fill("#q03", "12")
	b.Press("main form button[type=submit]")
	b.Do("see that it is recorded", chromedp.WaitVisible(chromedp.CSS(".nhsuk-panel")))
}
