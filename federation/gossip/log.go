package gossip

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"sync"
	"time"
)

// maxLinesPerSecond bounds what memberlist may log: it writes one line for
// each forged name that it refuses.
const maxLinesPerSecond = 20

// logWriter turns memberlist's lines ("[WARN] memberlist: ...") into records.
type logWriter struct {
	to *slog.Logger

	mu      sync.Mutex
	second  time.Time
	lines   int
	dropped int
}

func stdLogger(to *slog.Logger) *log.Logger { return log.New(&logWriter{to: to}, "", 0) }

// Write implements io.Writer for one line at a time, as log.Logger calls it.
func (w *logWriter) Write(line []byte) (int, error) {
	level, text := parseLine(line)
	if !w.to.Enabled(context.Background(), level) {
		return len(line), nil
	}
	ok, dropped := w.admit(time.Now())
	if dropped > 0 {
		w.to.Warn("memberlist lines left out", "lines", dropped)
	}
	if ok {
		w.to.Log(context.Background(), level, text)
	}
	return len(line), nil
}

// admit says whether this second has room for a line, and how many lines were
// left out before it if this is the first of a new second.
func (w *logWriter) admit(now time.Time) (ok bool, dropped int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.second) >= time.Second {
		dropped = w.dropped
		w.second, w.lines, w.dropped = now, 0, 0
	}
	if w.lines >= maxLinesPerSecond {
		w.dropped++
		return false, 0
	}
	w.lines++
	return true, dropped
}

// parseLine takes the level out of a line. What memberlist calls an error is a
// peer that did not answer; this node's own health is not in question.
func parseLine(line []byte) (slog.Level, string) {
	level := slog.LevelInfo
	line = bytes.TrimSpace(line)
	for _, prefix := range []struct {
		text  string
		level slog.Level
	}{
		{"[DEBUG] ", slog.LevelDebug}, {"[INFO] ", slog.LevelDebug},
		{"[WARN] ", slog.LevelInfo}, {"[ERR] ", slog.LevelInfo}, {"[ERROR] ", slog.LevelInfo},
	} {
		if rest, ok := bytes.CutPrefix(line, []byte(prefix.text)); ok {
			line, level = rest, prefix.level
			break
		}
	}
	return level, string(bytes.TrimPrefix(line, []byte("memberlist: ")))
}
