package cli

import (
	"context"
	"log/slog"
	"slices"

	"github.com/ahsn-network/tracker/config"
)

// componentLevels lets each component's log have a level of its own. Packages
// name themselves with the attribute "room"; operators read "component".
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
