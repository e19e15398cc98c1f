package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/ahsn-network/tracker/config"
)

// Settings loads the node's settings and returns them with its logger.
func (c *Invocation) Settings(flags config.Flags) (config.Config, *slog.Logger, error) {
	if _, named := flags["dir"]; !named && c.Dir() != "" {
		flags["dir"] = c.Dir()
	}
	settings, origins, err := config.Load(flags, c.Env)
	if err != nil {
		return settings, nil, err
	}

	for _, warning := range origins.Warnings {
		c.Say("warning: %s", warning)
	}

	// Without the file every setting is a default, and those run no node.
	if !origins.FileRead {
		return settings, nil, fmt.Errorf("%s is not a node's directory: it has no %s. "+
			"Run \"tracker init\" or \"tracker demo\" first, or name the directory with --dir", settings.Dir, config.FileName)
	}

	// A wrong level is a wrong setting, and is reported before anything opens.
	levels, err := config.ParseLevels(settings.Log)
	if err != nil {
		return settings, nil, err
	}
	handler := slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: levels.Lowest()})
	return settings, slog.New(componentLevels{Handler: handler, levels: levels, level: levels.All}), nil
}

// componentLevels gives the log of each component a level of its own. Packages name themselves with
// the attribute "room"; operators read "component".
type componentLevels struct {
	slog.Handler
	levels config.Levels
	level  slog.Level
}

// Enabled implements slog.Handler.
func (h componentLevels) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// WithAttrs implements slog.Handler.
func (h componentLevels) WithAttrs(attrs []slog.Attr) slog.Handler {
	next, shown := h, slices.Clone(attrs)
	for i, a := range attrs {
		if a.Key == "room" || a.Key == "component" {
			next.level = h.levels.Of(a.Value.String())
			shown[i].Key = "component"
		}
	}
	next.Handler = h.Handler.WithAttrs(shown)
	return next
}

// WithGroup implements slog.Handler.
func (h componentLevels) WithGroup(name string) slog.Handler {
	next := h
	next.Handler = h.Handler.WithGroup(name)
	return next
}
