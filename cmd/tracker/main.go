// Command tracker runs one region's node of the national company survey, and
// talks to running nodes. The verbs of one noun are in the file of its name, here
// or in the package of its kind. commands.go lists them; cli/exit.go has the exit
// codes.
//
// Imports cmd/tracker/bench, cmd/tracker/claims, cmd/tracker/cli, cmd/tracker/demo,
// cmd/tracker/figures, cmd/tracker/imports, cmd/tracker/records, config, federation,
// federation/identity, node, node/api, node/backup, store, store/survey.
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
