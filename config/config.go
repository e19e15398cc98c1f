package config

import "path/filepath"

// FileName is the settings file inside a node's directory.
const FileName = "tracker.yaml"

// Policies are the release policies with which a federation can be founded: standard protects
// single companies in published figures, open is for demonstrations and rehearsals.
func Policies() []string { return []string{"standard", "open"} }

// Config holds the settings of one node. Every field is a key of the file, except Dir, the
// directory that holds the file.
type Config struct {
	Dir            string  `mapstructure:"dir"`             // the node's directory
	Region         string  `mapstructure:"region"`          // region code; empty until init or join
	NodeListen     string  `mapstructure:"node_listen"`     // other nodes connect here
	NodeAdvertise  string  `mapstructure:"node_advertise"`  // what other nodes are told; empty: see AdvertiseAddress
	Listen         string  `mapstructure:"listen"`          // people's pages and /api/v1
	OperatorListen string  `mapstructure:"operator_listen"` // health, metrics, debug
	Policy         string  `mapstructure:"policy"`          // release policy when founding a federation
	Log            string  `mapstructure:"log"`             // levels for all or by component, see ParseLevels
	TLS            TLS     `mapstructure:"tls"`
	Respond        Respond `mapstructure:"respond"`
	SMTP           SMTP    `mapstructure:"smtp"`
}

// TLS names the certificate of the people's port. If both are empty, the node makes its own.
type TLS struct {
	CertFile string `mapstructure:"cert_file"`
	KeyFile  string `mapstructure:"key_file"`
}

// Respond is how companies reach their form. Listen is a port for the public that serves nothing
// else; if empty, only the people's port serves the form. URL is the public address in links; if
// empty, the address at which a link is made. Without a certificate here, the people's is used.
type Respond struct {
	Listen   string `mapstructure:"listen"`
	URL      string `mapstructure:"url"`
	CertFile string `mapstructure:"cert_file"`
	KeyFile  string `mapstructure:"key_file"`
}

// SMTP is the mail server that sends invitations and reminders. Without an address people send the
// letters themselves.
type SMTP struct {
	Address      string `mapstructure:"address"`       // host:port
	From         string `mapstructure:"from"`          // the sender's address, which also receives replies
	User         string `mapstructure:"user"`          // empty: no sign-in
	PasswordFile string `mapstructure:"password_file"` // holds the user's password, nothing else
	Security     string `mapstructure:"security"`      // one of Securities
	CAFile       string `mapstructure:"ca_file"`       // signers of the server's certificate; empty: the machine's list
}

// Securities are the ways to protect letters between the node and the mail server.
func Securities() []string { return []string{"starttls", "tls", "none"} }

// Default returns the settings of a node without any of its own.
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

// Path returns the path of the node's settings file.
func (c Config) Path() string { return filepath.Join(c.Dir, FileName) }
