package main

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

// profile is how to reach one node: its address, a token, and the certificates
// to trust beside the system's ("" for none).
type profile struct {
	url      string
	token    string
	ca       string
	operator string // address of the operator's port, "" if unknown
	dir      string // the node's directory, "" if unknown
}

// profile finds the node: flags first (--node, --token, --ca, then --dir),
// then variables (TRACKER_NODE_URL, TRACKER_TOKEN, TRACKER_CA, then
// TRACKER_DIR). Nothing is guessed from the current directory.
func (c *cli) profile() (profile, error) {
	var fromFlag, fromEnv profile
	var err error
	if c.dirFlag != "" {
		if fromFlag, err = c.directoryProfile(c.dirFlag); err != nil {
			return profile{}, err
		}
	}
	if dir := c.getenv("TRACKER_DIR"); dir != "" && c.dirFlag == "" {
		if fromEnv, err = c.directoryProfile(dir); err != nil {
			return profile{}, err
		}
	}
	p := profile{
		url:      cmp.Or(c.node, fromFlag.url, c.getenv("TRACKER_NODE_URL"), fromEnv.url),
		token:    cmp.Or(c.token, fromFlag.token, c.getenv("TRACKER_TOKEN"), fromEnv.token),
		ca:       cmp.Or(c.ca, fromFlag.ca, c.getenv("TRACKER_CA"), fromEnv.ca),
		operator: cmp.Or(fromFlag.operator, fromEnv.operator),
		dir:      cmp.Or(fromFlag.dir, fromEnv.dir),
	}
	if p.url == "" {
		return profile{}, &usageError{text: "which node? Name it with --dir DIR, or with --node URL and TRACKER_TOKEN", command: "tracker"}
	}
	if err := checkNodeURL(p.url); err != nil {
		return profile{}, &usageError{text: err.Error(), command: "tracker"}
	}
	if p.token == "" {
		return profile{}, &usageError{text: "no API token: set TRACKER_TOKEN or give --token; an administrator of your AHSN issues them with \"tracker user token\"", command: "tracker"}
	}
	return p, nil
}

// checkNodeURL refuses addresses over which a token must not travel.
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

// directoryProfile reads a demo's directory (its first node), a demo node's or
// any other node's.
func (c *cli) directoryProfile(dir string) (profile, error) {
	demo, err := readDemo(filepath.Join(dir, "demo.json"))
	if err == nil {
		if len(demo.Nodes) == 0 {
			return profile{}, fmt.Errorf("%s: the demo has no nodes: run \"tracker demo --dir %s\"", dir, dir)
		}
		return demo.profile(demo.Nodes[0]), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return profile{}, err
	}
	if demo, err := readDemo(filepath.Join(dir, "..", "demo.json")); err == nil {
		for _, node := range demo.Nodes {
			if sameFile(node.Dir, dir) {
				return demo.profile(node), nil
			}
		}
	}
	return c.nodeProfile(dir)
}

// nodeProfile reads what init, join or serve wrote into a node's directory.
func (c *cli) nodeProfile(dir string) (profile, error) {
	settings, origins, err := config.Load(config.Flags{"dir": dir}, c.env)
	if err != nil {
		return profile{}, err
	}
	token, err := os.ReadFile(filepath.Join(dir, "admin.token"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return profile{}, fmt.Errorf("read the token of %s: %w", dir, err)
	}
	if !origins.FileRead && len(token) == 0 {
		return profile{}, fmt.Errorf("%s is neither a node's directory nor a demo's: it has no %s and no demo.json. Run \"tracker init\" or \"tracker demo\" first", dir, config.FileName)
	}
	address, err := peopleURL(settings.Listen)
	if err != nil {
		return profile{}, fmt.Errorf("%s: listen: %w", origins.File, err)
	}
	p := profile{url: address, token: strings.TrimSpace(string(token)), dir: dir, operator: "http://" + settings.OperatorListen}
	candidates := []string{filepath.Join(dir, "ca.pem"), filepath.Join(dir, "..", "ca.pem"), settings.TLS.CertFile}
	for _, path := range candidates {
		if _, err := os.Stat(path); path != "" && err == nil {
			p.ca = path
			break
		}
	}
	return p, nil
}

// peopleURL turns a listening address into one to connect to.
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

func directorySettings(c *cli, dir string) (config.Config, error) {
	settings, _, err := config.Load(config.Flags{"dir": dir}, c.env)
	return settings, err
}
