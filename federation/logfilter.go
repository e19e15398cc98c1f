package federation

import (
	"context"
	"fmt"
	"log/slog"
)

// logFilter passes log lines on, at the level that they have in a federation: an event of every
// start, or of every absence of a peer, is no warning here. The status shows the absent peers.
type logFilter struct {
	slog.Handler
	fail func(error) // the registry's log cannot be written
}

// everyday are lines of raft that tell of no fault here, with the level that they have.
var everyday = map[string]slog.Level{
	"skipping application of old log":                          slog.LevelDebug,
	"failed to get previous log":                               slog.LevelInfo,
	"no known peers, aborting election":                        slog.LevelInfo,
	"heartbeat timeout reached, starting election":             slog.LevelInfo,
	"appendEntries rejected, sending older logs":               slog.LevelInfo,
	"failed to heartbeat to":                                   slog.LevelDebug,
	"failed to appendEntries to":                               slog.LevelDebug,
	"failed to contact":                                        slog.LevelDebug,
	"failed to decode incoming command":                        slog.LevelDebug,
	"failed to flush response":                                 slog.LevelDebug,
	"failed to make requestVote RPC":                           slog.LevelDebug,
	"failed to make requestVote RPC, pre-vote":                 slog.LevelDebug,
	"unable to get address for server, using fallback address": slog.LevelDebug,
}

// broken are the lines in which raft tells that its log cannot be written. A follower would then
// refuse each message of the leader, for ever.
var broken = map[string]bool{"failed to append to logs": true, "failed to commit logs": true}

func newLogFilter(to *slog.Logger, fail func(error)) *slog.Logger {
	return slog.New(logFilter{to.Handler(), fail})
}

// Handle implements slog.Handler.
func (l logFilter) Handle(ctx context.Context, line slog.Record) error {
	// The registry's own methods do not return this error.
	if broken[line.Message] {
		line.Attrs(func(a slog.Attr) bool {
			if a.Key == "error" {
				l.fail(fmt.Errorf("%w: %s", ErrDiskFails, a.Value))
			}
			return a.Key != "error"
		})
	}

	if level, ok := everyday[line.Message]; ok && line.Level == slog.LevelWarn {
		if !l.Enabled(ctx, level) {
			return nil
		}
		line.Level = level
	}
	return l.Handler.Handle(ctx, line)
}

// WithAttrs implements slog.Handler.
func (l logFilter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logFilter{l.Handler.WithAttrs(attrs), l.fail}
}

// WithGroup implements slog.Handler.
func (l logFilter) WithGroup(name string) slog.Handler {
	return logFilter{l.Handler.WithGroup(name), l.fail}
}
