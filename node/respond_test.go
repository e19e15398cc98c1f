package node_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/survey"
)

// oneNode runs one region's node alone, with the settings changed.
func oneNode(t *testing.T, change func(*config.Config)) (*node.Node, region) {
	t.Helper()
	c := config.Default()
	c.Dir, c.Region, c.Policy = filepath.Join(t.TempDir(), "otv"), "otv", "open"
	c.NodeListen, c.Listen, c.OperatorListen = freeAddress(t), "127.0.0.1:0", "127.0.0.1:0"
	change(&c)
	key, err := node.Create(c)
	if err != nil {
		t.Fatal(err)
	}
	peers := federation.Peers{Federation: identity.NewFederationID(), Founder: "otv", Policy: "open", Members: []survey.Member{
		{Region: "otv", Key: key.Public(), Address: c.NodeListen, Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1}}}
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
	token, err := os.ReadFile(filepath.Join(c.Dir, node.TokenFile))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a leader", func() bool { return n.NodeStatus().Registry.Leader != "" && n.NodeStatus().Registry.Index > 0 })
	return n, region{t: t, url: "https://" + n.Addr(node.PeoplePort), token: strings.TrimSpace(string(token)),
		http: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (r region) status(method, address string) (int, string) {
	r.t.Helper()
	request, err := http.NewRequest(method, address, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := r.http.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestTheFormsOwnPort: links carry the public address, the port serves the
// form, and of everything else there it knows nothing, whoever asks.
func TestTheFormsOwnPort(t *testing.T) {
	n, us := oneNode(t, func(c *config.Config) {
		c.Respond = config.Respond{Listen: "127.0.0.1:0", URL: "https://survey.example.org"}
	})
	us.ask("POST", "/campaigns", map[string]string{"cycle": cycle, "opens": "2023-06-01", "closes": "2023-09-30"})
	us.ask("POST", "/organisations", map[string]any{"identifiers": []string{northfield}, "name": "Northfield Digital Health Ltd", "kind": "company"})
	us.ask("POST", "/campaigns/"+cycle+"/claims", map[string]string{"organisation": northfield})
	link, _ := us.ask("POST", "/campaigns/"+cycle+"/links", map[string]string{"organisation": northfield})["address"].(string)
	secret, public := strings.CutPrefix(link, "https://survey.example.org/respond/")
	if !public || secret == "" {
		t.Fatalf("the link is %q", link)
	}
	port := "https://" + n.Addr(node.RespondPort)
	if code, body := us.status("GET", port+"/respond/"+secret); code != 200 || !strings.Contains(body, "Northfield Digital Health Ltd") {
		t.Fatalf("the form: %d\n%s", code, body)
	}
	if code, _ := us.status("GET", us.url+"/companies"); code != http.StatusSeeOther {
		t.Fatalf("the people's port: %d", code)
	}
	for _, route := range []string{"GET /", "GET /sign-in", "POST /sign-in", "GET /accessibility", "GET /national", "GET /region", "GET /companies", "GET /companies/" + northfield,
		"GET /claims", "GET /links", "POST /links/remind", "GET /returned", "GET /api/v1/status", "GET /api/v1/openapi.json", "GET /api/v1/docs", "POST /api/v1/tokens",
		"GET /metrics", "GET /livez", "GET /debug/pprof/", "GET /node/v1/summary", "GET /.well-known/x", "GET /static/", "GET /respond/" + secret + "/nowhere"} {
		method, path, _ := strings.Cut(route, " ")
		code, body := us.status(method, port+path)
		if code != http.StatusNotFound {
			t.Errorf("%s on the companies' port: %d", route, code)
		}
		for _, inside := range []string{"/sign-in", "/companies", "/api/", "Start page"} {
			if strings.Contains(body, inside) {
				t.Errorf("%s on the companies' port tells of %s", route, inside)
			}
		}
	}
}

// TestAPasswordThatOthersCanRead keeps the node from starting.
func TestAPasswordThatOthersCanRead(t *testing.T) {
	c := config.Default()
	c.Dir, c.Region, c.Policy = filepath.Join(t.TempDir(), "otv"), "otv", "open"
	c.NodeListen, c.Listen, c.OperatorListen = freeAddress(t), "127.0.0.1:0", "127.0.0.1:0"
	c.SMTP = config.SMTP{Address: "127.0.0.1:2525", From: "survey@otv.example", User: "otv", PasswordFile: filepath.Join(t.TempDir(), "password"), Security: "starttls"}
	key, err := node.Create(c)
	if err != nil {
		t.Fatal(err)
	}
	peers := federation.Peers{Federation: identity.NewFederationID(), Founder: "otv", Policy: "open", Members: []survey.Member{
		{Region: "otv", Key: key.Public(), Address: c.NodeListen, Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1}}}
	if err := peers.Save(c.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.SMTP.PasswordFile, []byte("open sesame\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(node.Options{Config: c, Version: "test"})
	if err == nil {
		_ = n.Close()
		t.Fatal("the node started")
	}
	if !strings.Contains(err.Error(), "smtp.password_file") || !strings.Contains(err.Error(), "600") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("%v", err)
	}
}
