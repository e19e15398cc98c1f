// Package cli is what every verb of the command line uses: the invocation with
// its flags and streams, the client of a node's API, tables and formats,
// arguments, and exit codes.
//
// Imports config, node/api, store, store/sheet, store/survey.
package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// Stdio holds the three streams of a process: data goes to Out, messages go to Err.
type Stdio struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// Invocation is one run of a command line: its environment, its streams and the
// flags that every verb has.
type Invocation struct {
	Env []string
	Stdio
	Data    *bufio.Writer // onto Out; flushed at the end
	DirFlag string
	Node    string
	token   string
	ca      string
	key     string // --idempotency-key
	started bool   // a verb has begun: errors from then on are not about usage
}

// New returns an invocation with this environment and these streams.
func New(env []string, streams Stdio) *Invocation {
	return &Invocation{Env: env, Stdio: streams, Data: bufio.NewWriter(streams.Out)}
}

// Quietly returns a second invocation that speaks to the node and prints nothing.
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

// Dir returns the directory that --dir or TRACKER_DIR names, "" if neither does.
func (c *Invocation) Dir() string {
	if c.DirFlag != "" {
		return c.DirFlag
	}
	return c.Getenv("TRACKER_DIR")
}

// Say prints a message for the person on standard error.
func (c *Invocation) Say(format string, args ...any) { fmt.Fprintf(c.Err, format+"\n", args...) }

// ReadInput reads a file, or standard input if the name is "-". It returns at
// most limit bytes.
func (c *Invocation) ReadInput(name string, limit int64) ([]byte, error) {
	source := c.In
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		source = file
	}
	return io.ReadAll(io.LimitReader(source, limit))
}

// UntilInputEnds gives a verb the hidden flag --until-stdin-closes. A program
// that starts the verb sets it, so that the verb ends when the program does,
// even if that was killed. The function returned makes the verb's context.
func (c *Invocation) UntilInputEnds(cmd *cobra.Command) func(context.Context) (context.Context, context.CancelFunc) {
	var wanted bool
	cmd.Flags().BoolVar(&wanted, "until-stdin-closes", false, "stop when standard input ends (for programs)")
	_ = cmd.Flags().MarkHidden("until-stdin-closes")
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, stop := context.WithCancel(ctx)
		if wanted {
			go func() { // ends with the process at the latest
				_, _ = io.Copy(io.Discard, c.In)
				stop()
			}()
		}
		return ctx, stop
	}
}
