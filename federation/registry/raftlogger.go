package registry

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// raftLogger passes raft's log lines on to slog. Whatever else hclog offers
// does nothing.
type raftLogger struct {
	hclog.Logger // the null logger
	to           *slog.Logger
}

func newRaftLogger(to *slog.Logger) *raftLogger {
	return &raftLogger{Logger: hclog.NewNullLogger(), to: to.With("part", "raft")}
}

func (l *raftLogger) at(level slog.Level, message string, args []any) {
	for i, arg := range args {
		if f, ok := arg.(hclog.Format); ok && len(f) > 0 { // a format and its arguments, for hclog to print
			args[i] = fmt.Sprintf(fmt.Sprint(f[0]), f[1:]...)
		}
	}
	l.to.Log(context.Background(), level, message, args...)
}

// Log implements hclog.Logger. A peer that cannot be reached is an error to
// raft and everyday life to a federation, so errors become warnings.
func (l *raftLogger) Log(level hclog.Level, message string, args ...any) {
	switch level {
	case hclog.Error, hclog.Warn:
		l.at(slog.LevelWarn, message, args)
	case hclog.Info:
		l.at(slog.LevelInfo, message, args)
	default:
		l.at(slog.LevelDebug, message, args)
	}
}

func (l *raftLogger) Debug(message string, args ...any) { l.at(slog.LevelDebug, message, args) }
func (l *raftLogger) Info(message string, args ...any)  { l.at(slog.LevelInfo, message, args) }
func (l *raftLogger) Warn(message string, args ...any)  { l.at(slog.LevelWarn, message, args) }
func (l *raftLogger) Error(message string, args ...any) { l.at(slog.LevelWarn, message, args) }

func (l *raftLogger) With(args ...any) hclog.Logger {
	return &raftLogger{Logger: l.Logger, to: l.to.With(args...)}
}

func (l *raftLogger) Named(string) hclog.Logger      { return l }
func (l *raftLogger) ResetNamed(string) hclog.Logger { return l }
