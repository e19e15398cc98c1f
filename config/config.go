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
	Dir            string  `mapstructure:"dir"`             // the node's directory
	Region         string  `mapstructure:"region"`          // region code; empty until init or join
	NodeListen     string  `mapstructure:"node_listen"`     // other nodes connect here
	NodeAdvertise  string  `mapstructure:"node_advertise"`  // what other nodes are told; empty: see AdvertiseAddress
	Listen         string  `mapstructure:"listen"`          // people's pages and /api/v1
	OperatorListen string  `mapstructure:"operator_listen"` // health, metrics, debug
	Policy         string  `mapstructure:"policy"`          // release policy when founding a federation
	Log            string  `mapstructure:"log"`             // levels per room, see ParseLevels
	TLS            TLS     `mapstructure:"tls"`
	Respond        Respond `mapstructure:"respond"`
	SMTP           SMTP    `mapstructure:"smtp"`
}

// TLS names the certificate of the people's port. Both empty: the node makes
// its own.
type TLS struct {
	CertFile string `mapstructure:"cert_file"`
	KeyFile  string `mapstructure:"key_file"`
}

// Respond is how companies reach their form. Listen is a port that serves it
// and nothing else, for the public to reach; empty: the people's port alone.
// URL is the public address that links carry; empty: the address at which a
// link is made. The certificate is the people's unless one is named here.
type Respond struct {
	Listen   string `mapstructure:"listen"`
	URL      string `mapstructure:"url"`
	CertFile string `mapstructure:"cert_file"`
	KeyFile  string `mapstructure:"key_file"`
}

// SMTP is the mail server by which companies are invited and reminded. Without
// an address people send the letters themselves.
type SMTP struct {
	Address      string `mapstructure:"address"`       // host:port
	From         string `mapstructure:"from"`          // sender, and where answers go
	User         string `mapstructure:"user"`          // empty: no sign-in
	PasswordFile string `mapstructure:"password_file"` // holds the user's password, nothing else
	Security     string `mapstructure:"security"`      // one of Securities
	CAFile       string `mapstructure:"ca_file"`       // who signed the server's certificate; empty: the machine's list
}

// Securities are the ways to protect letters on their way to the mail server.
func Securities() []string { return []string{"starttls", "tls", "none"} }

// Default returns the settings of a node that was told nothing.
func Default() Config {
	return Config{
		NodeListen:     ":7443",
		Listen:         ":8443",
		OperatorListen: "127.0.0.1:9443",
		Policy:         "standard",
		Log:            "info",
		SMTP:           SMTP{Security: "starttls"},
	}
}

// Path returns where the settings file of the node is.
func (c Config) Path() string { return filepath.Join(c.Dir, FileName) }
