package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/ahsn-network/tracker/config"
)

// Profile says how to reach one node: its address, a token, and the file of certificates to trust
// as well as the system's ("" for none).
type Profile struct {
	URL      string
	Token    string
	ca       string
	Operator string // address of the operator's port, "" if unknown
	Dir      string // the node's directory, "" if unknown
}

// Profile finds the node. Flags come first (--node, --token, --ca, then --dir), then variables
// (TRACKER_NODE_URL, TRACKER_TOKEN, TRACKER_CA, then TRACKER_DIR). It never guesses from the
// current directory.
func (c *Invocation) Profile() (Profile, error) {
	var fromFlag, fromEnv Profile
	var err error
	if c.DirFlag != "" {
		if fromFlag, err = c.DirectoryProfile(c.DirFlag); err != nil {
			return Profile{}, err
		}
	}

	// A --dir that is given hides TRACKER_DIR, even one that cannot be read.
	if dir := c.Getenv("TRACKER_DIR"); dir != "" && c.DirFlag == "" {
		if fromEnv, err = c.DirectoryProfile(dir); err != nil {
			return Profile{}, err
		}
	}

	p := Profile{
		URL:      cmp.Or(c.Node, fromFlag.URL, c.Getenv("TRACKER_NODE_URL"), fromEnv.URL),
		Token:    cmp.Or(c.token, fromFlag.Token, c.Getenv("TRACKER_TOKEN"), fromEnv.Token),
		ca:       cmp.Or(c.ca, fromFlag.ca, c.Getenv("TRACKER_CA"), fromEnv.ca),
		Operator: cmp.Or(fromFlag.Operator, fromEnv.Operator),
		Dir:      cmp.Or(fromFlag.Dir, fromEnv.Dir),
	}

	if p.URL == "" {
		return Profile{}, &UsageError{Command: "tracker",
			Text: "which node? Name it with --dir DIR, or with --node URL and TRACKER_TOKEN"}
	}
	if err := checkNodeURL(p.URL); err != nil {
		return Profile{}, &UsageError{Text: err.Error(), Command: "tracker"}
	}
	if p.Token == "" {
		return Profile{}, &UsageError{Command: "tracker", Text: "no API token: set TRACKER_TOKEN or give --token; " +
			"an administrator of your AHSN issues them with \"tracker user token\""}
	}
	return p, nil
}

// checkNodeURL refuses an address that would carry the token unencrypted, or with more in it than
// host and port.
func checkNodeURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("node address %q: write it as https://host:port", text)
	}
	if u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("node address %q: give only https://host:port", u.Redacted())
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return fmt.Errorf("node address %q: a token must not travel unencrypted: use https", text)
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// DirectoryProfile reads a directory: a demo's (it takes the first node), a demo node's or any
// other node's.
func (c *Invocation) DirectoryProfile(dir string) (Profile, error) {
	demo, err := ReadDemo(filepath.Join(dir, "demo.json"))
	if err == nil {
		if len(demo.Nodes) == 0 {
			return Profile{}, fmt.Errorf("%s: the demo has no nodes: run \"tracker demo --dir %s\"", dir, dir)
		}
		return demo.Profile(demo.Nodes[0]), nil
	}

	if !errors.Is(err, fs.ErrNotExist) {
		return Profile{}, err
	}

	// A demo's node has its address and token in the demo's file, one directory up.
	if demo, err := ReadDemo(filepath.Join(dir, "..", "demo.json")); err == nil {
		for _, node := range demo.Nodes {
			if SameFile(node.Dir, dir) {
				return demo.Profile(node), nil
			}
		}
	}
	return c.nodeProfile(dir)
}

// nodeProfile reads the files that init, join or serve left in a node's directory.
func (c *Invocation) nodeProfile(dir string) (Profile, error) {
	settings, origins, err := config.Load(config.Flags{"dir": dir}, c.Env)
	if err != nil {
		return Profile{}, err
	}

	// The token may come from elsewhere, so a missing file is no error.
	token, err := os.ReadFile(filepath.Join(dir, "admin.token"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Profile{}, fmt.Errorf("read the token of %s: %w", dir, err)
	}

	if !origins.FileRead && len(token) == 0 {
		return Profile{}, fmt.Errorf("%s is neither a node's directory nor a demo's: it has no %s and no demo.json. "+
			"Run \"tracker init\" or \"tracker demo\" first", dir, config.FileName)
	}

	address, err := peopleURL(settings.Listen)
	if err != nil {
		return Profile{}, fmt.Errorf("%s: listen: %w", origins.File, err)
	}

	// Its own certificate first, then that of the demo around it, then one that was bought.
	p := Profile{URL: address, Token: strings.TrimSpace(string(token)), Dir: dir}
	p.Operator = "http://" + settings.OperatorListen
	candidates := []string{filepath.Join(dir, "ca.pem"), filepath.Join(dir, "..", "ca.pem"), settings.TLS.CertFile}
	for _, path := range candidates {
		if _, err := os.Stat(path); path != "" && err == nil {
			p.ca = path
			break
		}
	}
	return p, nil
}

// peopleURL turns an address to listen on into one to connect to.
func peopleURL(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", err
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "https://" + net.JoinHostPort(host, port), nil
}
