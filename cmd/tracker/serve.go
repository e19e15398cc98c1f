package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/node"
)

// serveGC is how much garbage may lie beside what is in use, in per cent. A
// node's working set is small, and it is idle most of the day: collecting more
// often costs less than the memory (25 MB of 85 were measured).
const serveGC = 50

func newServeCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run this region's node",
		Long: `Runs the node in --dir until it is told to stop (Ctrl-C or SIGTERM). It then hands
leadership over, leaves the federation's gossip and closes its files.

The settings are those of tracker.yaml in the directory; see "tracker config show --origin".`,
		Example: "  tracker serve --dir /var/lib/tracker",
		Args:    noArguments,
	}
	flags := settingFlags(cmd, "node_listen", "node_advertise", "listen", "operator_listen", "log")
	untilInputEnds := c.untilInputEnds(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, stop := untilInputEnds(cmd.Context())
		defer stop()
		if c.getenv("GOGC") == "" {
			debug.SetGCPercent(serveGC)
		}
		return c.serve(ctx, flags())
	}
	return cmd
}

// untilInputEnds gives a verb the hidden flag --until-stdin-closes, for
// programs that start it: it then ends with them, however they end. The
// function that comes back makes the verb's context.
func (c *cli) untilInputEnds(cmd *cobra.Command) func(context.Context) (context.Context, context.CancelFunc) {
	var wanted bool
	cmd.Flags().BoolVar(&wanted, "until-stdin-closes", false, "stop when standard input ends: for a program that starts nodes")
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

// serve runs the node until ctx ends or a port fails. A node whose region got a
// new key, or that was let in again, is opened anew.
func (c *cli) serve(ctx context.Context, flags config.Flags) error {
	settings, logger, err := c.settings(flags)
	if err != nil {
		return err
	}
	for {
		n, err := node.Open(node.Options{Config: settings, Version: version(), Logger: logger})
		if err != nil {
			return err
		}
		debug.FreeOSMemory() // what opening needed, a third of what an idle node has, would stay for minutes
		c.say("region %s: people https://%s, nodes %s, operator http://%s", settings.Region, n.Addr(node.PeoplePort), n.Addr(node.NodePort), n.Addr(node.OperatorPort))
		select {
		case <-ctx.Done():
		case err = <-n.Failed():
		}
		if errors.Is(err, node.ErrKeyChanged) || errors.Is(err, node.ErrLetIn) {
			c.say("region %s: %v: starting again", settings.Region, err)
			if err := n.Close(); err != nil {
				return err
			}
			continue
		}
		if errors.Is(err, node.ErrDiskHangs) {
			return err
		}
		c.say("region %s: stopping", settings.Region)
		return errors.Join(err, n.Close())
	}
}

// settings loads the node's settings and makes its logger.
func (c *cli) settings(flags config.Flags) (config.Config, *slog.Logger, error) {
	if _, named := flags["dir"]; !named && c.dir() != "" {
		flags["dir"] = c.dir()
	}
	settings, origins, err := config.Load(flags, c.env)
	if err != nil {
		return settings, nil, err
	}
	for _, warning := range origins.Warnings {
		c.say("warning: %s", warning)
	}
	if !origins.FileRead {
		return settings, nil, fmt.Errorf("%s is no node's directory: it has no %s. Run \"tracker init\" or \"tracker demo\" first, or name the directory with --dir", settings.Dir, config.FileName)
	}
	levels, err := config.ParseLevels(settings.Log)
	if err != nil {
		return settings, nil, err
	}
	handler := slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: levels.Lowest()})
	return settings, slog.New(roomLevels{Handler: handler, levels: levels, level: levels.All}), nil
}

// settingFlags gives a verb flags for settings and returns those that were
// set, by their key.
func settingFlags(cmd *cobra.Command, keys ...string) func() config.Flags {
	values := map[string]*string{}
	for _, key := range keys {
		values[key] = cmd.Flags().String(strings.ReplaceAll(key, "_", "-"), "", "sets "+key+" in place of the settings file")
	}
	return func() config.Flags {
		set := config.Flags{}
		for _, key := range keys {
			if cmd.Flags().Changed(strings.ReplaceAll(key, "_", "-")) {
				set[key] = *values[key]
			}
		}
		return set
	}
}

// roomLevels lets each room's log have a level of its own: rooms name
// themselves with the attribute "room".
type roomLevels struct {
	slog.Handler
	levels config.Levels
	level  slog.Level
}

func (h roomLevels) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h roomLevels) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := h
	next.Handler = h.Handler.WithAttrs(attrs)
	for _, a := range attrs {
		if a.Key == "component" || a.Key == "room" {
			next.level = h.levels.Of(a.Value.String())
		}
	}
	return next
}

func (h roomLevels) WithGroup(name string) slog.Handler {
	next := h
	next.Handler = h.Handler.WithGroup(name)
	return next
}
