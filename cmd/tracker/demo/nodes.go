package demo

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	logFile    = "node.log"
	BinaryName = "tracker" // name of the copy that the nodes run
	pollEvery  = 100 * time.Millisecond
	tailBytes  = 4 << 10 // of a log, enough to find its last line
)

// found makes the directories of all nodes, and the peers file that they share. The founding
// command has every region's key and address.
func (d *instance) found() error {
	ports, err := d.ports(PortsPerNode * d.nodeCount)
	if err != nil {
		return err
	}

	authority, err := node.NewAuthority("tracker demo")
	if err != nil {
		return err
	}

	d.file = cli.DemoFile{Cycle: string(cli.DemoCycle), Policy: d.policy, CA: filepath.Join(d.dir, node.AuthorityFile)}
	if err := authority.WriteCertificate(d.file.CA); err != nil {
		return err
	}

	regions := survey.Regions()[:d.nodeCount]
	peers := federation.Peers{Federation: identity.NewFederationID(), Founder: regions[0].Region,
		Policy: d.policy, SoloSteps: true} // so that one person can try every step
	for i, info := range regions {
		address := func(port int) string {
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[PortsPerNode*i+port]))
		}

		settings := config.Default()
		settings.Dir = filepath.Join(d.dir, string(info.Region))
		settings.Region = string(info.Region)
		settings.NodeListen, settings.Listen, settings.OperatorListen = address(0), address(1), address(2)
		settings.Policy = d.policy
		settings.Log = "warn"

		key, err := node.Create(settings)
		if err != nil {
			return err
		}

		// One authority for all nodes, so that a client trusts one file.
		if err := authority.Issue(settings.Dir, []string{"127.0.0.1", "localhost"}); err != nil {
			return err
		}

		token, err := os.ReadFile(filepath.Join(settings.Dir, node.TokenFile))
		if err != nil {
			return err
		}

		peers.Members = append(peers.Members, survey.Member{Region: info.Region, Key: key.Public(),
			Address: settings.NodeListen, Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1})
		d.file.Nodes = append(d.file.Nodes, cli.DemoNode{Region: string(info.Region), URL: "https://" + settings.Listen,
			Operator: "http://" + settings.OperatorListen, Node: settings.NodeListen,
			Token: strings.TrimSpace(string(token)), Dir: settings.Dir})
	}

	// Only now does the list have every member.
	for _, n := range d.file.Nodes {
		if err := peers.Save(n.Dir); err != nil {
			return err
		}
	}
	return nil
}

// start runs every node, each in a process of its own or all in this one.
func (d *instance) start() error {
	binary := filepath.Join(d.dir, BinaryName)
	if err := copySelf(binary); err != nil {
		return fmt.Errorf("copy the program for the nodes: %w", err)
	}

	for _, n := range d.file.Nodes {
		var runner nodeRunner
		var err error
		if d.inProcess {
			runner, err = startInside(d.c, n)
		} else {
			runner, err = startProcess(binary, n, d.c.Env)
		}
		if err != nil {
			return fmt.Errorf("start %s: %w", n.Region, err)
		}
		d.nodes = append(d.nodes, runner)
	}
	return nil
}

// stop stops all nodes at the same time.
func (d *instance) stop() error {
	errs := make(chan error, len(d.nodes))
	for _, runner := range d.nodes {
		go func() { errs <- runner.stop() }()
	}

	var all []error
	for range d.nodes {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}
