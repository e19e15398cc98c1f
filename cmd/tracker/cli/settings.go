package cli

import (
	"fmt"
	"log/slog"

	"github.com/ahsn-network/tracker/config"
)

// Settings loads the node's settings and makes its logger.
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
