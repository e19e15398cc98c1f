package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

// scratch is a directory for what the tests share; it goes when they end.
var scratch string

// tidied runs the tests and then removes scratch.
type tidied struct{ tests *testing.M }

func (m tidied) Run() int {
	var err error
	if scratch, err = os.MkdirTemp("", "tracker-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	return m.tests.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(tidied{m}, map[string]func(){
		"tracker": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			code := run(ctx, os.Args[1:], os.Environ(), cli.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
			stop()
			os.Exit(code)
		},
	})
}

// The scripts run the command line as people do, against a node that answers
// from memory. "exits CODE tracker ..." expects that very exit code.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			url, stop := newFakeNode(t).start()
			env.Defer(stop)
			env.Setenv("TRACKER_NODE_URL", url)
			env.Setenv("TRACKER_TOKEN", fakeToken)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a command and compares its exit code.
func exits(ts *testscript.TestScript, negate bool, args []string) {
	if negate || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command...")
	}
	want := map[string]int{"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "78": cli.ExitConfig}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want[args[0]] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}
