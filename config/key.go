package config

import (
	"fmt"
	"strings"
)

// key is one setting: its name in the file, its comment there, and its value in Config. The keys
// have the order of the file.
type key struct {
	name  string
	about string
	value func(Config) any
}

var keys = []key{
	{"region", "This node's region code, for example otv. Set by init and join.",
		func(c Config) any { return c.Region }},
	{"node_listen", "Where other nodes connect (TLS, both sides authenticated by their keys).",
		func(c Config) any { return c.NodeListen }},
	{"node_advertise", "The address that other nodes are told, host:port. Needed when node_listen\nnames no host.",
		func(c Config) any { return c.NodeAdvertise }},
	{"listen", "Web pages and /api/v1 for people and programs (HTTPS).",
		func(c Config) any { return c.Listen }},
	{"operator_listen", "Health, metrics and debug. Keep it on this machine.",
		func(c Config) any { return c.OperatorListen }},
	{"policy", "Release policy when founding a federation: standard protects single\n" +
		"companies in published figures; open is for rehearsals only.",
		func(c Config) any { return c.Policy }},
	{"log", "Log level, for all or by component: info, or\n\"info,registry:debug,gossip:warn\".",
		func(c Config) any { return c.Log }},
	{"tls.cert_file", "Certificate and key (PEM) of the people's port. Without them the node makes\n" +
		"its own, which browsers do not trust by themselves.",
		func(c Config) any { return c.TLS.CertFile }},
	{"tls.key_file", "",
		func(c Config) any { return c.TLS.KeyFile }},
	{"respond.listen", "A port that serves the companies' form and nothing else, for the public to\n" +
		"reach. Without it the form is on the people's port.",
		func(c Config) any { return c.Respond.Listen }},
	{"respond.url", "The public address in survey links, such as https://survey.example.org.\n" +
		"Without it: the address at which a link is made.",
		func(c Config) any { return c.Respond.URL }},
	{"respond.cert_file", "Certificate and key (PEM) of that address. Without them: the people's.",
		func(c Config) any { return c.Respond.CertFile }},
	{"respond.key_file", "",
		func(c Config) any { return c.Respond.KeyFile }},
	{"smtp.address", "The mail server (host:port) that sends invitations and reminders. Without it\n" +
		"people send the letters themselves.",
		func(c Config) any { return c.SMTP.Address }},
	{"smtp.from", "The address that letters come from and that replies go to.",
		func(c Config) any { return c.SMTP.From }},
	{"smtp.user", "Sign-in at the mail server, and the file that holds the password alone. Only\n" +
		"the node's own account may read it.",
		func(c Config) any { return c.SMTP.User }},
	{"smtp.password_file", "",
		func(c Config) any { return c.SMTP.PasswordFile }},
	{"smtp.security", "starttls (required, not only offered), tls, or none: letters hold links.",
		func(c Config) any { return c.SMTP.Security }},
	{"smtp.ca_file", "Signers of the mail server's certificate (PEM). Without it: the machine's own\nlist.",
		func(c Config) any { return c.SMTP.CAFile }},
}

// dirKey is a setting that cannot stand in the file.
const dirKey = "dir"

// Keys returns the name of every setting in the order of the file.
func Keys() []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// variable returns the environment variable of a key: TRACKER_TLS_CERT_FILE
// for tls.cert_file.
func variable(name string) string {
	return "TRACKER_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
}

// clientVariables are read by the command line as a client of a node.
var clientVariables = []string{"TRACKER_NODE_URL", "TRACKER_TOKEN", "TRACKER_CA"}

// nearest returns the candidate that differs least from name, or "" if none is close enough to be
// meant.
func nearest(name string, candidates []string) string {
	best, fewest := "", max(2, len(name)/3)+1
	for _, c := range candidates {
		if d := edits(strings.ToLower(name), strings.ToLower(c)); d < fewest {
			best, fewest = c, d
		}
	}
	return best
}

// edits returns the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}

	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			// The row holds the distances from a prefix of a, so that one row is enough.
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// unknownKey returns the error for a key that no setting has.
func unknownKey(name, file string) error {
	if name == dirKey {
		return fmt.Errorf("%s: the key dir cannot stand in the file: it says where the file is; "+
			"use --dir or TRACKER_DIR", file)
	}

	// A section as a value and a value as a section are the likely mistakes besides misspelling.
	var inSection []string
	for _, k := range Keys() {
		if rest, ok := strings.CutPrefix(k, name+"."); ok {
			inSection = append(inSection, rest)
		}
	}
	if len(inSection) > 0 {
		return fmt.Errorf("%s: %s is a section: write its keys (%s) below it", file, name, strings.Join(inSection, ", "))
	}

	if parent, _, ok := strings.Cut(name, "."); ok {
		for _, k := range Keys() {
			if k == parent {
				return fmt.Errorf("%s: %s takes one value, not keys below it", file, parent)
			}
		}
	}

	if near := nearest(name, Keys()); near != "" {
		return fmt.Errorf("%s: unknown key %s: did you mean %s?", file, name, near)
	}
	return fmt.Errorf("%s: unknown key %s: the keys are %s", file, name, strings.Join(Keys(), ", "))
}
