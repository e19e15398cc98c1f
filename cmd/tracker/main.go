// Command tracker runs one region's node of the national company survey, and
// speaks to a running one. Every verb is in a file of its own name, here or in a
// room of its kind; the list of them is in commands.go, the meaning of exit codes
// in cli/exit.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), cli.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// run executes one command line with all verbs and returns the exit code.
func run(ctx context.Context, args, env []string, streams cli.Stdio) int {
	return cli.Execute(ctx, args, env, streams, commands)
}
