package node

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Examine looks at this machine and at the ways to the other nodes, or to the
// one at an address (host:port). It takes at most half a minute and changes
// nothing.
func (n *Node) Examine(ctx context.Context, address string) []federation.Finding {
	findings := examineMachine(n.options.Config)
	for _, port := range []string{NodePort, PeoplePort, OperatorPort} {
		findings = append(findings, federation.Well(port+" port", "this node listens on %s", n.Addr(port)))
	}
	return append(findings, n.federation.Examine(ctx, address)...)
}

// doctor serves Examine on the operator's port.
func (n *Node) doctor(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, n.Examine(r.Context(), r.URL.Query().Get("peer")))
}

// ExamineStopped is Node.Examine for a node that is not running. It listens on
// the node port meanwhile, so that the others can connect back.
func ExamineStopped(
	ctx context.Context, c config.Config, address string, logger *slog.Logger,
) ([]federation.Finding, error) {
	findings := examineMachine(c)
	listeners := map[string]net.Listener{}
	for _, of := range [][2]string{{NodePort, c.NodeListen}, {PeoplePort, c.Listen}, {OperatorPort, c.OperatorListen}} {
		port, address := of[0], of[1]
		listener, err := net.Listen("tcp", address)
		if err != nil {
			findings = append(findings, federation.Ill(port+" port",
				"stop the other program (is it a second node?), or set another address in "+c.Path(), "%v", err))
			continue
		}
		findings = append(findings, federation.Well(port+" port", "%s is free", address))
		listeners[port] = listener
	}

	// Only the node port is needed for the way back.
	var errs []error
	for port, listener := range listeners {
		if port != NodePort {
			errs = append(errs, listener.Close())
		}
	}

	// The node port stays open, so that the others can connect back.
	ways, err := examineWays(ctx, c, listeners[NodePort], address, logger)
	return append(findings, ways...), errors.Join(append(errs, err)...)
}

// examineWays closes the listener. It may be nil.
func examineWays(
	ctx context.Context, c config.Config, listener net.Listener, address string, logger *slog.Logger,
) ([]federation.Finding, error) {
	examiner, finding := openExaminer(c, listener, logger)
	if examiner == nil {
		var err error
		if listener != nil {
			err = listener.Close()
		}
		return []federation.Finding{finding}, err
	}
	findings := examiner.Examine(ctx, address)
	return findings, examiner.Close()
}

// openExaminer returns nil and a finding if the ways cannot be looked at.
func openExaminer(
	c config.Config, listener net.Listener, logger *slog.Logger,
) (*federation.Examiner, federation.Finding) {
	const check = "ways to the others"
	region, err := survey.ParseRegion(c.Region)
	if err != nil {
		return nil, federation.Ill(check, "\"tracker init\" or \"tracker join\" makes a node in the directory",
			"%s has no region: %v", c.Path(), err)
	}
	key, err := identity.Load(filepath.Join(c.Dir, KeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, federation.Ill(check, "if it is lost: \"tracker node new-key\"", "the node has no key: %v", err)
	} else if err != nil {
		return nil, federation.Ill(check, "see above, then run this again", "not looked at, without the key: %v", err)
	}

	examiner, err := federation.OpenExaminer(federation.Examining{Dir: c.Dir, Region: region, Key: key,
		Listener: listener, Advertise: advertised(c), Logger: logger})
	if errors.Is(err, federation.ErrNotFounded) {
		return nil, federation.Ill(check, "\"tracker join\" with an invitation of another region",
			"this node belongs to no federation yet")
	} else if err != nil {
		return nil, federation.Ill(check, "see the message", "not looked at: %v", err)
	}
	return examiner, federation.Finding{}
}

// examineMachine looks at the directory, the disk and the limits.
func examineMachine(c config.Config) []federation.Finding {
	findings := examineModes(c)
	return append(findings, examineDisk(c.Dir), examineSync(c.Dir), examineLimit())
}

// private are the files that nobody else may read.
var private = []string{KeyFile, NextKeyFile, TokenFile, RecordsFile, PrivateKeyFile}

// examineModes looks at the modes of the directory and of the private files.
func examineModes(c config.Config) []federation.Finding {
	const check = "permissions"
	info, err := os.Stat(c.Dir)
	if err != nil {
		return []federation.Finding{federation.Ill(check, "name the right directory with --dir", "%v", err)}
	}

	var faults []federation.Finding
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		faults = append(faults, federation.Ill(check, "chmod 700 "+c.Dir,
			"%s has mode %04o: others of this machine can look into it", c.Dir, mode))
	}

	for _, name := range private {
		path := filepath.Join(c.Dir, name)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			faults = append(faults, federation.Ill(check, "run this as the user that runs the node", "%v", err))
			continue
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			faults = append(faults, federation.Ill(check, "chmod 600 "+path+"; and ask who could have read it meanwhile",
				"%s has mode %04o: others of this machine can read it", path, mode))
		}
	}

	if len(faults) == 0 {
		return []federation.Finding{federation.Well(check, "the directory and the secrets in it are this user's alone")}
	}
	return faults
}
