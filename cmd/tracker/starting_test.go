package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

// hearing calls do with the first text that is written to it.
type hearing struct {
	bytes.Buffer
	do func()
}

func (h *hearing) Write(p []byte) (int, error) {
	if h.do != nil {
		h.do()
		h.do = nil
	}
	return h.Buffer.Write(p)
}

// TestANodeThatIsStillStarting: a command that comes before the node's
// certificate is there says so, waits for it, and then does its work.
func TestANodeThatIsStillStarting(t *testing.T) {
	node := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"items":[]}`)) }))
	t.Cleanup(node.Close)
	address, err := url.Parse(node.URL)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFile(t, "region: otv\nlisten: \""+address.Host+"\"\n", dir, "tracker.yaml")
	writeFile(t, fakeToken+"\n", dir, "admin.token")
	var out bytes.Buffer
	talk := &hearing{do: func() {
		writeFile(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: node.Certificate().Raw})), dir, "ca.pem")
	}}
	code := run(context.Background(), []string{"campaign", "list", "--dir", dir}, nil, cli.Stdio{In: strings.NewReader(""), Out: &out, Err: talk})
	if code != cli.ExitDone || !strings.Contains(talk.String(), "The node is still starting") {
		t.Errorf("exit %d: %s%s", code, out.String(), talk.String())
	}
	// With the certificate there, and not this node's, nothing is waited for.
	writeFile(t, "", filepath.Join(dir, "ca.pem"))
	talk = &hearing{}
	if code := run(context.Background(), []string{"campaign", "list", "--dir", dir}, nil, cli.Stdio{In: strings.NewReader(""), Out: &out, Err: talk}); code == cli.ExitDone || strings.Contains(talk.String(), "still starting") {
		t.Errorf("exit %d: %s", code, talk.String())
	}
}
