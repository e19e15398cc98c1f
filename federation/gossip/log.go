package gossip

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"sync"
	"time"
)

// maxLinesPerSecond bounds memberlist's lines in the log: it writes one for each forged name that
// it refuses.
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

	// Forged names must not fill the log.
	ok, dropped := w.admit(time.Now())
	if dropped > 0 {
		w.to.Warn("memberlist lines left out", "lines", dropped)
	}
	if ok {
		w.to.Log(context.Background(), level, text)
	}
	return len(line), nil
}

// admit reports whether this second has room for a line. In the first call of a new second it also
// returns the number of lines that were left out before.
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

// parseLine returns the level of a line and its text. For memberlist a peer that did not answer is
// an error; here it is none, because this node's own health is not in question.
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
