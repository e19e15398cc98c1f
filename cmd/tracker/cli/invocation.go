// Package cli is what every verb of the command line stands on: the invocation
// with its flags and streams, the client of a node's API, tables and formats,
// arguments, and exit codes.
package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Stdio are the three streams of a process: data goes to Out, talk to Err.
type Stdio struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// Invocation is one invocation: its surroundings and the flags that every verb has.
type Invocation struct {
	Env []string
	Stdio
	Data    *bufio.Writer // onto Out; flushed at the end
	DirFlag string
	Node    string
	token   string
	ca      string
	key     string // --idempotency-key
	started bool   // a verb began: errors from then on are not about usage
}

// New starts an invocation with this environment and these streams.
func New(env []string, streams Stdio) *Invocation {
	return &Invocation{Env: env, Stdio: streams, Data: bufio.NewWriter(streams.Out)}
}

// Quietly is an invocation beside this one that speaks to the node and tells
// nobody what it does.
func (c *Invocation) Quietly(node Profile) *Invocation {
	quiet := New(c.Env, Stdio{Out: io.Discard, Err: io.Discard})
	quiet.Node, quiet.token, quiet.ca = node.URL, node.Token, node.ca
	return quiet
}

// Getenv returns the last value of a variable, "" without one.
func (c *Invocation) Getenv(name string) string {
	value := ""
	for _, entry := range c.Env {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

// Dir returns the directory that --dir or TRACKER_DIR names, "" if none does.
func (c *Invocation) Dir() string {
	if c.DirFlag != "" {
		return c.DirFlag
	}
	return c.Getenv("TRACKER_DIR")
}

// Say talks to the person, on standard error.
func (c *Invocation) Say(format string, args ...any) { fmt.Fprintf(c.Err, format+"\n", args...) }
