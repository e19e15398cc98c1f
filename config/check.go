package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	regionCode = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)
	hostName   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.?$`)
)

// Check returns every fault of the settings, nil if there is none. It reads no file and opens no
// port.
func (c Config) Check() error { return c.check(Origins{}) }

func (c Config) check(origins Origins) error {
	var faults []error
	fault := func(name string, err error) {
		if err == nil {
			return
		}
		for _, s := range origins.Settings {
			if s.Key == name && s.Source != "" {
				name += " (" + s.Source + ")"
			}
		}
		faults = append(faults, fmt.Errorf("%s: %w", name, err))
	}

	if c.Region != "" && !regionCode.MatchString(c.Region) {
		fault("region", fmt.Errorf("%q is not a region code: write it as otv or wessex", c.Region))
	}

	fault("node_listen", checkListen(c.NodeListen))
	fault("listen", checkListen(c.Listen))
	fault("operator_listen", checkListen(c.OperatorListen))
	if c.NodeAdvertise != "" {
		fault("node_advertise", checkAdvertise(c.NodeAdvertise))
	}

	// Port 0 lets the system choose, so two of them never collide.
	for _, pair := range [][4]string{
		{"listen", c.Listen, "node_listen", c.NodeListen},
		{"operator_listen", c.OperatorListen, "node_listen", c.NodeListen},
		{"operator_listen", c.OperatorListen, "listen", c.Listen},
		{"respond.listen", c.Respond.Listen, "listen", c.Listen},
		{"respond.listen", c.Respond.Listen, "node_listen", c.NodeListen},
		{"respond.listen", c.Respond.Listen, "operator_listen", c.OperatorListen},
	} {
		if pair[1] == pair[3] && !strings.HasSuffix(pair[1], ":0") {
			fault(pair[0], fmt.Errorf("%s is the address of %s too: each needs its own port", pair[1], pair[2]))
		}
	}

	if !slices.Contains(Policies(), c.Policy) {
		fault("policy", fmt.Errorf("%q is not a policy: use one of %s", c.Policy, strings.Join(Policies(), ", ")))
	}

	if _, err := ParseLevels(c.Log); err != nil {
		fault("log", err)
	}

	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		fault("tls.cert_file", errors.New("cert_file and key_file go together: set both or none"))
	}

	c.Respond.check(fault)
	c.SMTP.check(fault)
	return errors.Join(faults...)
}

// AdvertiseAddress returns the address that other nodes are told: node_advertise, or else
// node_listen if it names a host that others can reach. Otherwise it returns an error that says
// what to set.
func (c Config) AdvertiseAddress() (string, error) {
	if c.NodeAdvertise != "" {
		return c.NodeAdvertise, nil
	}

	// ":7443" listens everywhere, but tells other nodes no host.
	if err := checkAdvertise(c.NodeListen); err != nil {
		return "", fmt.Errorf("node_advertise: not set, and node_listen %s names no host: "+
			"set it to the name and port that other regions reach", c.NodeListen)
	}
	return c.NodeListen, nil
}

func checkListen(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address: write it as host:port or :port", address)
	}
	if err := checkPort(port, 0); err != nil {
		return err
	}
	return checkHost(host, address)
}

func checkAdvertise(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return fmt.Errorf("%q is not an address that others can reach: write it as host:port", address)
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		return fmt.Errorf("%s means every address of this machine: name the one that others reach", host)
	}
	if err := checkPort(port, 1); err != nil {
		return err
	}
	return checkHost(host, address)
}

func checkHost(host, address string) error {
	if host == "" {
		return nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	if !hostName.MatchString(host) {
		return fmt.Errorf("%q: %q is neither a host name nor an IP address", address, host)
	}
	return nil
}

func checkPort(port string, lowest int) error {
	n, err := strconv.Atoi(port)
	if err != nil || n < lowest || n > 65535 {
		return fmt.Errorf("port %q: use a number from %d to 65535", port, lowest)
	}
	return nil
}
