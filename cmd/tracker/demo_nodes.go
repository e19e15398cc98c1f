package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	demoLog    = "node.log"
	demoBinary = "tracker"
	demoPoll   = 100 * time.Millisecond
	tailBytes  = 4 << 10 // of a log, to find its last line
)

// demoRunner is one running node of the demo.
type demoRunner interface {
	pid() int
	ended() <-chan struct{} // closed when the node ended by itself
	stop() error
}

// found makes the directories of all nodes and the peers file that they share:
// the founding command carries every region's key and address.
func (d *demo) found() error {
	ports, err := d.ports(demoPorts * d.nodeCount)
	if err != nil {
		return err
	}
	authority, err := node.NewAuthority("tracker demo")
	if err != nil {
		return err
	}
	d.file = demoFile{Cycle: string(demoCycle), Policy: d.policy, CA: filepath.Join(d.dir, node.AuthorityFile)}
	if err := authority.WriteCertificate(d.file.CA); err != nil {
		return err
	}
	regions := survey.Regions()[:d.nodeCount]
	peers := federation.Peers{Federation: identity.NewFederationID(), Founder: regions[0].Region, Policy: d.policy, SoloSteps: true}
	for i, info := range regions {
		address := func(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[demoPorts*i+port])) }
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
		if err := authority.Issue(settings.Dir, []string{"127.0.0.1", "localhost"}); err != nil {
			return err
		}
		token, err := os.ReadFile(filepath.Join(settings.Dir, node.TokenFile))
		if err != nil {
			return err
		}
		peers.Members = append(peers.Members, survey.Member{Region: info.Region, Key: key.Public(), Address: settings.NodeListen,
			Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1})
		d.file.Nodes = append(d.file.Nodes, demoNode{Region: string(info.Region), URL: "https://" + settings.Listen, Operator: "http://" + settings.OperatorListen,
			Node: settings.NodeListen, Token: strings.TrimSpace(string(token)), Dir: settings.Dir})
	}
	for _, n := range d.file.Nodes {
		if err := peers.Save(n.Dir); err != nil {
			return err
		}
	}
	return nil
}

// start runs every node: a process each, or all in this one.
func (d *demo) start() error {
	binary := filepath.Join(d.dir, demoBinary)
	if err := copySelf(binary); err != nil {
		return fmt.Errorf("copy the program for the nodes: %w", err)
	}
	for _, n := range d.file.Nodes {
		var runner demoRunner
		var err error
		if d.inProcess {
			runner, err = startInside(d.c, n)
		} else {
			runner, err = startProcess(binary, n, d.c.env)
		}
		if err != nil {
			return fmt.Errorf("start %s: %w", n.Region, err)
		}
		d.nodes = append(d.nodes, runner)
	}
	return nil
}

// stop stops every node, all at the same time.
func (d *demo) stop() error {
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

// process is a node that runs as a process of its own. Its standard input is a
// pipe from the demo: when the demo ends, however it ends, so does the node.
type process struct {
	command *exec.Cmd
	stdin   io.Closer
	log     *os.File
	done    chan struct{} // closed when it has ended
}

func startProcess(binary string, n demoNode, env []string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(n.Dir, demoLog), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(binary, "serve", "--dir", n.Dir, "--until-stdin-closes"), log: log, done: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = log, log
	for _, entry := range env {
		if !strings.HasPrefix(entry, "TRACKER_") || strings.HasPrefix(entry, "TRACKER_LOG=") {
			p.command.Env = append(p.command.Env, entry)
		}
	}
	if p.stdin, err = p.command.StdinPipe(); err == nil {
		err = p.command.Start()
	}
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() {
		defer close(p.done)
		_ = p.command.Wait() // how it ended stands in its log
	}()
	return p, nil
}

func (p *process) pid() int               { return p.command.Process.Pid }
func (p *process) ended() <-chan struct{} { return p.done }

// stop asks the node to stop and waits. A node that somebody else stopped, or
// killed, is fine: the demo is for trying that.
func (p *process) stop() error {
	defer p.log.Close()
	p.stdin.Close()
	select {
	case <-p.done:
		return nil
	case <-time.After(demoStop):
		return errors.Join(fmt.Errorf("process %d did not stop within %s and was killed", p.pid(), demoStop), p.command.Process.Kill())
	}
}

// inside is a node that runs in the demo's own process.
type inside struct{ node *node.Node }

func startInside(c *cli, n demoNode) (*inside, error) {
	settings, logger, err := c.settings(config.Flags{"dir": n.Dir})
	if err != nil {
		return nil, err
	}
	running, err := node.Open(node.Options{Config: settings, Version: version(), Logger: logger})
	if err != nil {
		return nil, err
	}
	return &inside{node: running}, nil
}

func (i *inside) pid() int               { return os.Getpid() }
func (i *inside) ended() <-chan struct{} { return nil } // it is Open that fails
func (i *inside) stop() error            { return i.node.Close() }

// awaitReady waits until every node can take claims and returns the line that
// says so.
func (d *demo) awaitReady(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, demoStart)
	defer cancel()
	var last error
	for i, n := range d.file.Nodes {
		for {
			if last = askReady(ctx, n.Operator); last == nil {
				break
			}
			select {
			case <-d.nodes[i].ended():
				return "", fmt.Errorf("the node of %s has ended: %s", n.Region, lastLine(filepath.Join(n.Dir, demoLog)))
			default:
			}
			if !waitFor(ctx, demoPoll) {
				return "", fmt.Errorf("%s is not ready after %s: %w", n.Region, demoStart, last)
			}
		}
	}
	cl, err := d.client(d.file.Nodes[0])
	if err != nil {
		return "", err
	}
	answer, err := cl.get(ctx, "/federation", nil)
	if err != nil {
		return "", err
	}
	var status survey.FederationStatus
	if err := answer.into(&status); err != nil {
		return "", err
	}
	return fmt.Sprintf("ready: %d nodes, %d voters, leader %s", len(status.Regions), status.Quorum.Voters, status.Leader), nil
}

func askReady(ctx context.Context, operator string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, operator+"/readyz?for=claim", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(text)))
	}
	return nil
}

// lastLine returns the last line of a log: what a node that ended said.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tailBytes {
		_, _ = f.Seek(-tailBytes, io.SeekEnd)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return printable(strings.TrimPrefix(lines[len(lines)-1], "tracker: "))
}

func waitFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// copySelf copies this program to path, so that the demo's nodes and the
// commands it prints don't depend on how it was started.
func copySelf(path string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	if sameFile(self, path) {
		return nil
	}
	next := path + ".next"
	to, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	return os.Rename(next, path)
}
