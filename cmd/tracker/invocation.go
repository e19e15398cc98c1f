package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// stdio are the three streams of a process: data goes to Out, talk to Err.
type stdio struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// cli is one invocation: its surroundings and the flags that every verb has.
type cli struct {
	env []string
	stdio
	out     *bufio.Writer // onto Out; flushed at the end
	dirFlag string
	node    string
	token   string
	ca      string
	key     string // --idempotency-key
	started bool   // a verb began: errors from then on are not about usage
}

// newCLI starts an invocation with this environment and these streams.
func newCLI(env []string, streams stdio) *cli {
	return &cli{env: env, stdio: streams, out: bufio.NewWriter(streams.Out)}
}

// quietly is an invocation beside this one that speaks to the node and tells
// nobody what it does.
func (c *cli) quietly(node profile) *cli {
	quiet := newCLI(c.env, stdio{Out: io.Discard, Err: io.Discard})
	quiet.node, quiet.token, quiet.ca = node.url, node.token, node.ca
	return quiet
}

// getenv returns the last value of a variable, "" without one.
func (c *cli) getenv(name string) string {
	value := ""
	for _, entry := range c.env {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

// dir returns the directory that --dir or TRACKER_DIR names, "" if none does.
func (c *cli) dir() string {
	if c.dirFlag != "" {
		return c.dirFlag
	}
	return c.getenv("TRACKER_DIR")
}

// say talks to the person, on standard error.
func (c *cli) say(format string, args ...any) { fmt.Fprintf(c.Err, format+"\n", args...) }
