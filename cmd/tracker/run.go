package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

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

// run executes one command line and returns the exit code (see exit.go). It
// reads nothing of the process but what it is given, so that tests call it. It
// returns when ctx ends; verbs then close what they opened first.
func run(ctx context.Context, args, env []string, streams stdio) int {
	c := &cli{env: env, stdio: streams, out: bufio.NewWriter(streams.Out)}
	root := c.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !c.started {
		err = &usageError{text: err.Error(), command: usedCommand(root, args)}
	}
	if flushErr := c.out.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("write to standard output: %w", flushErr)
	}
	if err != nil {
		if text := explain(err); text != "" {
			fmt.Fprintf(streams.Err, "tracker: %s\n", text)
		}
	}
	return exitCode(err)
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tracker",
		Short: "Regional node of the national company survey",
		Long: `tracker runs one region's node of the national company survey, and speaks to a running one.

Start with "tracker demo", which runs the whole federation on this machine.
Verbs that speak to a node find it by --dir (a node's directory, or a demo's),
or by --node, --token and --ca; or by TRACKER_DIR, TRACKER_NODE_URL,
TRACKER_TOKEN and TRACKER_CA.

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
	root.SetOut(c.out)
	root.SetErr(c.Err)
	root.SetHelpCommand(&cobra.Command{Use: "help [verb]", Short: "Help about any verb", Run: func(cmd *cobra.Command, args []string) {
		found, _, err := cmd.Root().Find(args)
		if err != nil || found == nil {
			found = cmd.Root()
		}
		_ = found.Help()
	}})
	flags := root.PersistentFlags()
	flags.StringVar(&c.dirFlag, "dir", "", "directory of the node, or of a demo (TRACKER_DIR)")
	flags.StringVar(&c.node, "node", "", "address of the node, https://host:port (TRACKER_NODE_URL)")
	flags.StringVar(&c.token, "token", "", "API token; TRACKER_TOKEN does not show in the list of processes (TRACKER_TOKEN)")
	flags.StringVar(&c.ca, "ca", "", "file with the certificates to trust, PEM (TRACKER_CA)")
	flags.StringVar(&c.key, "idempotency-key", "", "repeat an earlier command whose outcome is unknown: it printed its key")
	root.AddCommand(commands(c)...)
	c.watchStart(root)
	return root
}

// watchStart notes when a verb begins, below this command.
func (c *cli) watchStart(cmd *cobra.Command) {
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

// group is a verb that only has verbs below it.
func group(name, short string, children ...*cobra.Command) *cobra.Command {
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
			return usage(cmd, "name what to do: %s", strings.Join(names, ", "))
		},
	}
	cmd.AddCommand(children...)
	return cmd
}

func unknownVerb(cmd *cobra.Command, name string) error {
	text := fmt.Sprintf("unknown verb %q", name)
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		text += ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage(cmd, "%s", text)
}

func usedCommand(root *cobra.Command, args []string) string {
	if cmd, _, err := root.Find(args); err == nil {
		return cmd.CommandPath()
	}
	return root.Name()
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

// verb is a command's name without the program's, which begins every message.
func verb(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// noArguments refuses arguments.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, but %q was given", verb(cmd), args[0])
	}
	return nil
}

// exactly asks for one argument of each name.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s: %s is missing", verb(cmd), names[len(args)])
		case len(args) > len(names):
			return fmt.Errorf("%s: %q is one argument too many: put text with spaces in quotes", verb(cmd), args[len(names)])
		}
		return nil
	}
}
