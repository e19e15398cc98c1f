package config

// Origin says who set a value.
type Origin string

const (
	FromDefault Origin = "default"
	FromFile    Origin = "file"
	FromEnv     Origin = "env"
	FromFlag    Origin = "flag"
)

// Setting is one value in force, with who set it and, for a variable or a
// file, its name.
type Setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin Origin `json:"origin"`
	Source string `json:"source,omitempty"`
}

// Origins says of each setting where its value came from, in the order of the
// file after dir. File is the path that was looked for; FileRead whether there
// was such a file. Warnings are things that do not stop a node, such as an
// unknown TRACKER_ variable.
type Origins struct {
	Settings []Setting
	File     string
	FileRead bool
	Warnings []string
}

// Of returns who set the key, FromDefault for a key that does not exist.
func (o Origins) Of(name string) Origin {
	for _, s := range o.Settings {
		if s.Key == name {
			return s.Origin
		}
	}
	return FromDefault
}
