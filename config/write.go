package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Example returns a settings file with every key commented out and its default as the value.
func Example() string { return render(Default()) }

// Write replaces the settings file at path atomically. Values that differ from the default are
// written; the others are commented out, so that they follow the defaults of later versions. It
// returns an error for settings that Load would refuse, and then leaves the file unchanged.
func Write(path string, c Config) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := replaceFile(path, []byte(render(c))); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func render(c Config) string {
	var b strings.Builder
	b.WriteString("# Settings of one region's tracker node.\n" +
		"# What is commented out is the default. TRACKER_* variables (for example\n" +
		"# TRACKER_NODE_LISTEN) win over this file, flags win over both.\n" +
		"# \"tracker config show --origin\" tells which value is in force and why.\n")

	defaults := Default()
	section := ""
	for _, k := range keys {
		name, indent := k.name, ""
		if parent, rest, ok := strings.Cut(k.name, "."); ok {
			name, indent = rest, "  "
			if parent != section {
				section = parent
				fmt.Fprintf(&b, "\n%s:\n", section)
			}
		} else {
			b.WriteString("\n")
		}

		if k.about != "" {
			fmt.Fprintf(&b, "%s# %s\n", indent, strings.ReplaceAll(k.about, "\n", "\n"+indent+"# "))
		}

		// A default stays commented out, so that a later version can change it.
		mark := ""
		if k.value(c) == k.value(defaults) {
			mark = "#"
		}
		fmt.Fprintf(&b, "%s%s%s: %s\n", indent, mark, name, scalar(k.value(c)))
	}
	return b.String()
}

// scalar writes a value as YAML. Go's quoted strings are valid YAML.
func scalar(value any) string {
	if text, ok := value.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(value)
}

// replaceFile writes a new file beside the old one and renames it, so that a crash leaves one of
// the two whole.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}

	defer os.Remove(f.Name())

	// The bytes must be on the disk before the name is.
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}

	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
