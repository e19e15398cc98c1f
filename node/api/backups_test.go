package api_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
)

// fakeBackups has one backup, and makes it again.
type fakeBackups struct{}

func (fakeBackups) Make(context.Context) (json.RawMessage, error) {
	return json.RawMessage(`{"name":"otv-1.tar.age"}`), nil
}

func (f fakeBackups) All() ([]json.RawMessage, error) {
	one, err := f.Make(context.Background())
	return []json.RawMessage{one}, err
}

func TestBackups(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	a := ask(t, h, "administrator", "POST", api.Prefix+"/backups", "")
	want(t, a, 201)
	if a.json(t)["name"] != "otv-1.tar.age" {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "administrator", "GET", api.Prefix+"/backups", "")
	want(t, a, 200)
	if !strings.Contains(string(a.text), `"items":[{"name":"otv-1.tar.age"}]`) {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "lead", "POST", api.Prefix+"/backups", ""), 403)
}
