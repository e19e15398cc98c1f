package config

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

var componentName = regexp.MustCompile(`^[a-z][a-z0-9/_-]*$`)

// Levels are log levels: one for all rooms, and others for some.
type Levels struct {
	All        slog.Level
	Components map[string]slog.Level
}

// ParseLevels reads "info", "registry:debug,gossip:info" or
// "warn,registry:debug". Without a level for all, it is info.
func ParseLevels(text string) (Levels, error) {
	levels := Levels{All: slog.LevelInfo, Components: make(map[string]slog.Level)}
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		room, word, named := strings.Cut(item, ":")
		if !named {
			room, word = "", item
		}
		var level slog.Level
		if err := level.UnmarshalText([]byte(strings.TrimSpace(word))); err != nil {
			return Levels{}, fmt.Errorf("%q: a level is debug, info, warn or error, for all or as room:level", item)
		}
		switch room = strings.TrimSpace(room); {
		case !named:
			levels.All = level
		case !componentName.MatchString(room):
			return Levels{}, fmt.Errorf("%q: name a room, for example registry:debug", item)
		default:
			levels.Components[room] = level
		}
	}
	return levels, nil
}

// Of returns the level of a room.
func (l Levels) Of(room string) slog.Level {
	if level, ok := l.Components[room]; ok {
		return level
	}
	return l.All
}

// Lowest returns the most talkative level of any room.
func (l Levels) Lowest() slog.Level {
	lowest := l.All
	for _, level := range l.Components {
		lowest = min(lowest, level)
	}
	return lowest
}
