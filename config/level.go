package config

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

var componentName = regexp.MustCompile(`^[a-z][a-z0-9/_-]*$`)

// Levels are log levels: one for all components, and others for some.
type Levels struct {
	All        slog.Level
	Components map[string]slog.Level
}

// ParseLevels reads "info", "registry:debug,gossip:info" or "warn,registry:debug". Without a level
// for all components, that level is info.
func ParseLevels(text string) (Levels, error) {
	levels := Levels{All: slog.LevelInfo, Components: make(map[string]slog.Level)}
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}

		component, word, named := strings.Cut(item, ":")
		if !named {
			component, word = "", item
		}

		var level slog.Level
		if err := level.UnmarshalText([]byte(strings.TrimSpace(word))); err != nil {
			return Levels{}, fmt.Errorf("%q: a level is debug, info, warn or error, for all or as component:level",
				item)
		}

		switch component = strings.TrimSpace(component); {
		case !named:
			levels.All = level
		case !componentName.MatchString(component):
			return Levels{}, fmt.Errorf("%q: name a component, for example registry:debug", item)
		default:
			levels.Components[component] = level
		}
	}
	return levels, nil
}

// Of returns the level of a component.
func (l Levels) Of(component string) slog.Level {
	if level, ok := l.Components[component]; ok {
		return level
	}
	return l.All
}

// Lowest returns the lowest level of all components: the one that logs most.
func (l Levels) Lowest() slog.Level {
	lowest := l.All
	for _, level := range l.Components {
		lowest = min(lowest, level)
	}
	return lowest
}
