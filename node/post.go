package node

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/ahsn-network/tracker/node/letters"
)

// errPasswordOpen says that others on this machine can read the mail server's password.
var errPasswordOpen = errors.New(
	"the file can be read by others: make it readable by the node's account alone (mode 600)")

// maxPassword bounds the file that holds the mail server's password.
const maxPassword = 4 << 10 // bytes

// openPost makes the service that invites and reminds companies. Without a mail server in the
// settings it only lists the companies that may be written to.
func (n *Node) openPost() (*letters.Mailer, error) {
	c := n.options.Config.SMTP
	options := letters.Options{Contacts: n.records, Address: c.Address, From: c.From, Name: n.region.Name(),
		User: c.User, Security: letters.Security(c.Security), Logger: n.options.Logger}

	if c.PasswordFile != "" {
		var err error
		if options.Password, err = readPassword(c.PasswordFile); err != nil {
			return nil, fmt.Errorf("read smtp.password_file: %w", err)
		}
	}

	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read smtp.ca_file: %w", err)
		}
		options.Roots = x509.NewCertPool()
		if !options.Roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read smtp.ca_file: %s holds no certificate (PEM)", c.CAFile)
		}
	}
	return letters.Open(options)
}

// readPassword returns the first line of a file that nobody else can read.
func readPassword(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s: %w", path, errPasswordOpen)
	}
	if info.Size() > maxPassword {
		return "", fmt.Errorf("%s is too large for a password", path)
	}

	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}

	password, _, _ := strings.Cut(string(text), "\n")
	if password = strings.TrimRight(password, "\r"); password == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return password, nil
}
