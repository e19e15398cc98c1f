package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestTokens(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "records.db")
	s := open(t, path)
	token, secret, err := s.People().CreateToken(ctx, store.NewToken{Name: "import job", Role: store.PermissionAdviser, By: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^trk_[a-z2-7]{32}$`).MatchString(secret) {
		t.Error("the secret has another form")
	}
	if got, err := s.People().Authenticate(secret); err != nil || got.Actor != token.Actor || got.Role != store.PermissionAdviser {
		t.Errorf("%v %+v", err, got)
	}
	other, _, err := s.People().CreateToken(ctx, store.NewToken{Name: "import job", Role: store.PermissionViewer})
	if err != nil || other.Actor == token.Actor || other.ID == token.ID {
		t.Errorf("%v %+v", err, other)
	}
	for _, wrong := range []string{"", "trk_", secret + "a", secret[:len(secret)-1] + "1", strings.ToUpper(secret), "trk_" + strings.Repeat("a", 1<<20)} {
		if _, err := s.People().Authenticate(wrong); !errors.Is(err, store.ErrUnauthenticated) {
			t.Errorf("%.40q: %v", wrong, err)
		}
	}
	for range 2 {
		if err := s.People().DisableToken(ctx, token.ID, 1); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.People().Authenticate(secret); !errors.Is(err, store.ErrUnauthenticated) {
		t.Errorf("disabled: %v", err)
	}
	if err := s.People().DisableToken(ctx, "77", 1); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	list, err := s.People().Tokens()
	if err != nil || len(list) != 2 || list[0].ID != token.ID || list[0].Disabled.IsZero() || !list[1].Disabled.IsZero() {
		t.Errorf("%v %+v", err, list)
	}
	entries, next, err := s.Audit(0, 2)
	if err != nil || len(entries) != 2 || next != 2 || entries[0].Action != "token.create" {
		t.Errorf("%v %d %+v", err, next, entries)
	}
	if rest, next, err := s.Audit(next, 2); err != nil || len(rest) != 1 || next != 0 || rest[0].Action != "token.disable" {
		t.Errorf("%v %d %+v", err, next, rest)
	}
	data, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(data), secret) {
		t.Errorf("the secret is in the file (%v)", err)
	}
}

func TestTokenRequestsThatAreRefused(t *testing.T) {
	s, _ := opened(t)
	for name, request := range map[string]store.NewToken{
		"no name":   {Role: store.PermissionViewer},
		"long name": {Name: strings.Repeat("x", 101), Role: store.PermissionViewer},
		"control":   {Name: "a\nb", Role: store.PermissionViewer},
		"no role":   {Name: "x"},
		"past":      {Name: "x", Role: store.PermissionViewer, Expires: time.Now().Add(-time.Second)},
	} {
		if _, _, err := s.People().CreateToken(context.Background(), request); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPermissionsInclude(t *testing.T) {
	for i, a := range store.Permissions() {
		for j, b := range store.Permissions() {
			if a.Includes(b) != (i >= j) {
				t.Errorf("%s includes %s: %v", a, b, a.Includes(b))
			}
		}
	}
	if store.Permission("root").Includes(store.PermissionViewer) || store.Permission("").Includes("") {
		t.Error("an unknown role includes something")
	}
}

func TestTokenExpires(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, filepath.Join(dir, "records.db"))
		_, secret, err := s.People().CreateToken(context.Background(), store.NewToken{Name: "x", Role: store.PermissionViewer, Expires: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.People().Authenticate(secret); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		if _, err := s.People().Authenticate(secret); !errors.Is(err, store.ErrUnauthenticated) {
			t.Errorf("expired: %v", err)
		}
	})
}

func TestAppendAudit(t *testing.T) {
	s, _ := opened(t)
	ctx := context.Background()
	if err := s.AppendAudit(ctx, store.AuditEntry{Actor: 3, Action: "claim", Object: "2022-23/GB-COH:99000001", Outcome: "granted"}); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendAudit(ctx, store.AuditEntry{Action: "claim", Object: strings.Repeat("x", 2000)}); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("%v", err)
	}
	record(t, s, company(1), complete(t, "1"))
	entries, _, err := s.Audit(0, 0)
	if err != nil || len(entries) != 2 || entries[0].At.IsZero() || entries[1].Action != "response.record" || entries[1].Actor != 7 {
		t.Errorf("%v %+v", err, entries)
	}
}
