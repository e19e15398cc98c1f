package sessions_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/sessions"
)

func TestSessionsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, err := sessions.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(time.Hour)
	if err := s.Commit("a", []byte("one"), soon); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit("old", []byte("x"), time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = sessions.Open(path, nil); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if data, found, err := s.Find("a"); err != nil || !found || string(data) != "one" {
		t.Errorf("%q %v %v", data, found, err)
	}
	for _, token := range []string{"old", "never", ""} {
		if _, found, err := s.Find(token); found || err != nil {
			t.Errorf("%q: %v %v", token, found, err)
		}
	}
	if err := errors.Join(s.Delete("a"), s.Delete("a")); err != nil {
		t.Error(err)
	}
	if _, found, _ := s.Find("a"); found {
		t.Error("it is there after its end")
	}
	if err := s.Commit("big", make([]byte, 1<<20), soon); err == nil {
		t.Error("a session of 1 MiB was kept")
	}
}
