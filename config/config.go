package config

import "path/filepath"

// FileName is the settings file inside a node's directory.
const FileName = "tracker.yaml"

// Policies are the release policies that a federation can be founded with:
// standard protects single companies in published figures, open is for
// demonstrations and rehearsals.
func Policies() []string { return []string{"standard", "open"} }

// Config is one node's settings. Every field is a key of the file, but Dir,
// which says where the file is.
type Config struct {
	Dir            string `mapstructure:"dir"`             // the node's directory
	Region         string `mapstructure:"region"`          // region code; empty until init or join
	NodeListen     string `mapstructure:"node_listen"`     // other nodes connect here
	NodeAdvertise  string `mapstructure:"node_advertise"`  // what other nodes are told; empty: see AdvertiseAddress
	Listen         string `mapstructure:"listen"`          // people's pages and /api/v1
	OperatorListen string `mapstructure:"operator_listen"` // health, metrics, debug
	Policy         string `mapstructure:"policy"`          // release policy when founding a federation
	Log            string `mapstructure:"log"`             // levels per room, see ParseLevels
	TLS            TLS    `mapstructure:"tls"`
}

// TLS names the certificate of the people's port. Both empty: the node makes
// its own.
type TLS struct {
	CertFile string `mapstructure:"cert_file"`
	KeyFile  string `mapstructure:"key_file"`
}

// Default returns the settings of a node that was told nothing.
func Default() Config {
	return Config{
		NodeListen:     ":7443",
		Listen:         ":8443",
		OperatorListen: "127.0.0.1:9443",
		Policy:         "standard",
		Log:            "info",
	}
}

// Path returns where the settings file of the node is.
func (c Config) Path() string { return filepath.Join(c.Dir, FileName) }
