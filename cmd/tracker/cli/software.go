package cli

import (
	"runtime/debug"
)

// Version returns what the build recorded: the module's version, or else the revision that was
// built.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}

	revision, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+changes"
		}
	}

	if revision == "" {
		return "devel"
	}
	return "devel-" + revision + modified
}
