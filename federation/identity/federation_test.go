package identity_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/federation/identity"
)

func TestFederationIDAsText(t *testing.T) {
	id := identity.NewFederationID()
	if id.IsZero() || id == identity.NewFederationID() || !(identity.FederationID{}).IsZero() {
		t.Error("ids are not random")
	}
	for _, text := range []string{id.String(), strings.ToUpper(id.String())} {
		if got, err := identity.ParseFederationID(text); got != id || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	text, err := json.Marshal(id)
	var back identity.FederationID
	if err != nil || string(text) != `"`+id.String()+`"` || json.Unmarshal(text, &back) != nil || back != id {
		t.Errorf("as JSON: %s, %v, %v", text, back, err)
	}
	for _, text := range []string{"", id.String()[1:], id.String() + "0", "x" + id.String()[1:]} {
		if got, err := identity.ParseFederationID(text); !errors.Is(err, identity.ErrFederationID) || !got.IsZero() {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
