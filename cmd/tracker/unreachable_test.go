package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestNothingSentIsNothingRecorded(t *testing.T) {
	address := reserveAddresses(t)[0]
	begun := time.Now()
	cl, err := cli.NewClient(cli.Profile{URL: "http://" + address, Token: fakeToken}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = cl.Post(context.Background(), "/campaigns", struct{}{})
	if !errors.Is(err, cli.ErrUnreachable) || errors.Is(err, survey.ErrUnknownOutcome) || !strings.Contains(err.Error(), "Nothing was recorded") {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v to say so", took)
	}
}

func writeFile(t *testing.T, text string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
