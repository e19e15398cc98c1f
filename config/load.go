package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/viper"

	"github.com/go-viper/mapstructure/v2"
)

// maxFileBytes bounds the settings file.
const maxFileBytes = 1 << 20

const variablePrefix = "TRACKER_"

// Flags are the values that the command line sets, by key ("node_listen", "tls.cert_file", also
// "dir"). It has no entry for other flags.
type Flags map[string]string

// Load reads the settings of the node in the directory that the flag or TRACKER_DIR names, else in
// the current directory. env is the process's environment as os.Environ returns it. A missing file
// is no error: see Origins.FileRead. Errors name the file and the key, the variable or the flag.
// Nothing is started or written.
func Load(flags Flags, env []string) (Config, Origins, error) {
	// The directory comes first, because it says where the file is.
	variables, warnings := readEnvironment(env)
	dir := dirSetting(flags, variables)
	origins := Origins{File: filepath.Join(dir.Value.(string), FileName), Warnings: warnings}

	v := viper.New()
	defaults := Default()
	for _, k := range keys {
		v.SetDefault(k.name, k.value(defaults))
	}
	v.SetDefault(dirKey, dir.Value)

	file, err := readFile(origins.File)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Config{}, origins, err
	}
	origins.FileRead = err == nil
	if origins.FileRead {
		if err := v.MergeConfigMap(file.AllSettings()); err != nil {
			return Config{}, origins, fmt.Errorf("%s: %w", origins.File, err)
		}
	}

	origins.Settings = []Setting{dir}

	// A later source overwrites an earlier one, and its name.
	for _, k := range keys {
		s := Setting{Key: k.name, Origin: FromDefault}
		if file != nil && file.Get(k.name) != nil {
			s.Origin, s.Source = FromFile, origins.File
		}
		if value, ok := variables[variable(k.name)]; ok {
			v.Set(k.name, value)
			s.Origin, s.Source = FromEnv, variable(k.name)
		}
		if value, ok := flags[k.name]; ok {
			v.Set(k.name, value)
			s.Origin, s.Source = FromFlag, "--"+strings.ReplaceAll(strings.ReplaceAll(k.name, "_", "-"), ".", "-")
		}
		origins.Settings = append(origins.Settings, s)
	}

	for name := range flags {
		if name != dirKey && !slices.Contains(Keys(), name) {
			return Config{}, origins, unknownKey(name, "flags")
		}
	}

	var c Config
	if err := v.UnmarshalExact(&c, strictTypes); err != nil {
		return Config{}, origins, fmt.Errorf("read settings (%s, TRACKER_ variables and flags): %w",
			origins.File, flatten(err))
	}

	// The values come from the struct, so that they are those in force.
	for i, k := range keys {
		origins.Settings[i+1].Value = k.value(c)
	}

	if err := c.check(origins); err != nil {
		return Config{}, origins, err
	}
	return c, origins, nil
}

// strictTypes turns text into numbers, as variables and flags need, but refuses lists and maps in
// the place of one value.
func strictTypes(d *mapstructure.DecoderConfig) {
	d.DecodeHook = nil
	d.WeaklyTypedInput = true
}

func dirSetting(flags Flags, variables map[string]string) Setting {
	s := Setting{Key: dirKey, Value: ".", Origin: FromDefault}
	if value, ok := variables[variable(dirKey)]; ok {
		s = Setting{Key: dirKey, Value: value, Origin: FromEnv, Source: variable(dirKey)}
	}
	if value, ok := flags[dirKey]; ok {
		s = Setting{Key: dirKey, Value: value, Origin: FromFlag, Source: "--dir"}
	}
	return s
}

// readEnvironment returns the TRACKER_ variables that are not empty, and a warning for each unknown
// one.
func readEnvironment(env []string) (map[string]string, []string) {
	known := append([]string{variable(dirKey)}, clientVariables...)
	for _, k := range keys {
		known = append(known, variable(k.name))
	}

	found := make(map[string]string)
	var warnings []string
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, variablePrefix) {
			continue
		}

		// Somebody else's program may use such a name, so it is only a warning.
		if !slices.Contains(known, name) {
			text := "unknown variable " + name + " is ignored"
			if near := nearest(name, known); near != "" {
				text += ": did you mean " + near + "?"
			}
			warnings = append(warnings, text)
			continue
		}
		if value != "" {
			found[name] = value
		}
	}

	slices.Sort(warnings)
	return found, slices.Compact(warnings)
}

// readFile parses the settings file and returns an error for keys that no setting has. It returns
// fs.ErrNotExist without a file.
func readFile(path string) (*viper.Viper, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()

	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) > maxFileBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes: is this a settings file?", path, maxFileBytes)
	}

	v := viper.New()
	v.SetConfigType("yaml")
	if err := v.ReadConfig(bytes.NewReader(text)); err != nil {
		return nil, fmt.Errorf("%s: not valid YAML: %w", path, flatten(err))
	}

	for _, name := range slices.Sorted(maps.Keys(asSet(v.AllKeys()))) {
		if !slices.Contains(Keys(), name) {
			if v.Get(name) == nil && isSection(name) {
				continue // commenting out all keys of a section leaves the section itself
			}
			return nil, unknownKey(name, path)
		}
	}
	return v, nil
}

func isSection(name string) bool {
	return slices.ContainsFunc(Keys(), func(k string) bool { return strings.HasPrefix(k, name+".") })
}

func asSet(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// flatten puts the faults that a library reports on one line. The library wraps them in a preamble
// of its own, which says nothing about the settings.
func flatten(err error) error {
	if faults := errors.Unwrap(err); faults != nil {
		err = faults
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
