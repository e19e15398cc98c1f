package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// ErrExists is returned when a directory already belongs to a node.
var ErrExists = errors.New("there is a node already")

// Create makes the directory of a new node (0700) with its settings, its key
// and an administrator's token in TokenFile (0600). It never overwrites a key:
// ErrExists says that the directory belongs to a node already. The node still
// needs a peers file before it can open.
func Create(c config.Config) (*identity.Key, error) {
	region, err := survey.ParseRegion(c.Region)
	if err != nil {
		return nil, fmt.Errorf("create the node: %w", err)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the node's directory: %w", err)
	}

	keyFile := filepath.Join(c.Dir, KeyFile)
	if _, err := os.Lstat(keyFile); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s: %s exists", ErrExists, c.Dir, KeyFile)
	}

	key, err := identity.Generate()
	if err != nil {
		return nil, fmt.Errorf("make the node's key: %w", err)
	}

	if err := createAdministrator(c.Dir, region); err != nil {
		return nil, err
	}
	if err := config.Write(c.Path(), c); err != nil {
		return nil, fmt.Errorf("write the settings: %w", err)
	}

	// The key comes last: with it, the directory is a node's.
	if err := key.Save(keyFile); err != nil {
		return nil, fmt.Errorf("write the node's key: %w", err)
	}
	return key, nil
}

// createAdministrator makes the first token, so that somebody can make others.
func createAdministrator(dir string, region survey.Region) error {
	records, err := openRecords(dir, region, nil)
	if err != nil {
		return fmt.Errorf("create the records: %w", err)
	}
	_, secret, err := records.People().CreateToken(context.Background(),
		store.NewToken{Name: "administrator", Role: store.PermissionAdministrator})
	if err = errors.Join(err, records.Close()); err != nil {
		return fmt.Errorf("make the administrator's token: %w", err)
	}

	if err := os.WriteFile(filepath.Join(dir, TokenFile), []byte(secret+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the administrator's token: %w", err)
	}
	return nil
}

// certificateHosts returns the names under which people may reach a node that
// makes its own certificate.
func certificateHosts(c config.Config) []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}

	// Other machines reach the node by its own name, and by the address that it listens on.
	if name, err := os.Hostname(); err == nil && name != "" {
		hosts = append(hosts, name)
	}
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && host != "" {
		if ip := net.ParseIP(host); ip == nil || !ip.IsUnspecified() && !ip.IsLoopback() {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
