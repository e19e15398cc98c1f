package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Execute runs one command line with the verbs given and returns the exit code (see exit.go). It
// uses nothing of the process except its arguments, so tests call it too. It returns when ctx ends,
// once the verb has closed what it opened.
func Execute(ctx context.Context, args, env []string, streams Stdio, verbs func(*Invocation) []*cobra.Command) int {
	c := New(env, streams)
	root := c.Root(verbs(c)...)
	root.SetArgs(args)

	err := root.ExecuteContext(ctx)

	// Before a verb begins, every error is about the command line.
	if err != nil && !c.started {
		err = &UsageError{Text: err.Error(), Command: usedCommand(root, args)}
	}

	if flushErr := c.Data.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("write to standard output: %w", flushErr)
	}

	if err != nil {
		if text := Explain(err); text != "" {
			fmt.Fprintf(streams.Err, "tracker: %s\n", text)
		}
	}
	return ExitCode(err)
}

// Root returns the program's command with the verbs below it.
func (c *Invocation) Root(verbs ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   "tracker",
		Short: "Run a region's node of the national company survey",
		Long: `tracker runs one region's node of the national company survey, and talks to running nodes.

Start with "tracker demo", which runs the whole federation on this machine.
Verbs that talk to a node find it by --dir (a node's directory, or a demo's),
or by --node, --token and --ca; or by the variables TRACKER_DIR,
TRACKER_NODE_URL, TRACKER_TOKEN and TRACKER_CA.

` + exitHelp(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return cmd.Help()
		},
	}

	root.SetIn(c.In)
	root.SetOut(c.Data)
	root.SetErr(c.Err)
	root.SetHelpCommand(&cobra.Command{Use: "help [verb]", Short: "Explain a verb", Run: help})

	// Every verb has these, also those below a group.
	flags := root.PersistentFlags()
	flags.StringVar(&c.DirFlag, "dir", "", "directory of the node or the demo (TRACKER_DIR)")
	flags.StringVar(&c.Node, "node", "", "address of the node, https://host:port (TRACKER_NODE_URL)")
	flags.StringVar(&c.token, "token", "", "API token (TRACKER_TOKEN, which the list of processes does not show)")
	flags.StringVar(&c.ca, "ca", "", "PEM file with the certificates to trust (TRACKER_CA)")
	flags.StringVar(&c.key, "idempotency-key", "", "repeat a command whose outcome is unknown, with the key it printed")
	root.AddCommand(verbs...)
	c.watchStart(root)
	return root
}

func help(cmd *cobra.Command, args []string) {
	found, _, err := cmd.Root().Find(args)
	if err != nil || found == nil {
		found = cmd.Root()
	}
	_ = found.Help()
}

// watchStart notes when one of the verbs below this command begins.
func (c *Invocation) watchStart(cmd *cobra.Command) {
	for _, child := range cmd.Commands() {
		c.watchStart(child)
	}
	if inner := cmd.RunE; inner != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			c.started = true
			return inner(cmd, args)
		}
	}
}

// Group returns a verb that only has other verbs below it.
func Group(name, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: name, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			var names []string
			for _, child := range cmd.Commands() {
				names = append(names, child.Name())
			}
			return Usage(cmd, "name what to do: %s", strings.Join(names, ", "))
		},
	}
	cmd.AddCommand(children...)
	return cmd
}

func unknownVerb(cmd *cobra.Command, name string) error {
	text := fmt.Sprintf("unknown verb %q", name)

	// Verbs that differ by one or two letters are suggested.
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		text += ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return Usage(cmd, "%s", text)
}

func usedCommand(root *cobra.Command, args []string) string {
	if cmd, _, err := root.Find(args); err == nil {
		return cmd.CommandPath()
	}
	return root.Name()
}
