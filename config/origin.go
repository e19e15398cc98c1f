package config

// Origin is the source of a value.
type Origin string

const (
	FromDefault Origin = "default"
	FromFile    Origin = "file"
	FromEnv     Origin = "env"
	FromFlag    Origin = "flag"
)

// Setting is one value in force with its origin. Source is the name of the variable, file or flag.
type Setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin Origin `json:"origin"`
	Source string `json:"source,omitempty"`
}

// Origins holds the origin of each setting: dir first, then in the order of the file. File is the
// path of the settings file, and FileRead reports whether it exists. Warnings do not stop a node;
// an unknown TRACKER_ variable is one.
type Origins struct {
	Settings []Setting
	File     string
	FileRead bool
	Warnings []string
}

// Of returns the origin of the key, FromDefault for an unknown key.
func (o Origins) Of(name string) Origin {
	for _, s := range o.Settings {
		if s.Key == name {
			return s.Origin
		}
	}
	return FromDefault
}
