package demo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/node"
)

// nodeRunner is one running node of the demo.
type nodeRunner interface {
	pid() int
	ended() <-chan struct{} // closed when the node ended by itself
	stop() error
}

// process is a node that runs as a process of its own. Its standard input is a
// pipe from the demo: when the demo ends, however it ends, so does the node.
type process struct {
	command *exec.Cmd
	stdin   io.Closer
	log     *os.File
	done    chan struct{} // closed when it has ended
}

func startProcess(binary string, n cli.DemoNode, env []string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(n.Dir, logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
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

func (p *process) pid() int { return p.command.Process.Pid }

func (p *process) ended() <-chan struct{} { return p.done }

// stop asks the node to stop and waits. A node that somebody else stopped, or
// killed, is fine: the demo is for trying that.
func (p *process) stop() error {
	defer p.log.Close()
	p.stdin.Close()
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("process %d did not stop within %s and was killed", p.pid(), stopTimeout), p.command.Process.Kill())
	}
}

// inside is a node that runs in the demo's own process.
type inside struct{ node *node.Node }

func startInside(c *cli.Invocation, n cli.DemoNode) (*inside, error) {
	settings, logger, err := c.Settings(config.Flags{"dir": n.Dir})
	if err != nil {
		return nil, err
	}
	running, err := node.Open(node.Options{Config: settings, Version: cli.Version(), Logger: logger})
	if err != nil {
		return nil, err
	}
	return &inside{node: running}, nil
}

func (i *inside) pid() int { return os.Getpid() }

func (i *inside) ended() <-chan struct{} { return nil } // it is Open that fails

func (i *inside) stop() error { return i.node.Close() }

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
	if cli.SameFile(self, path) {
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
	return cli.Printable(strings.TrimPrefix(lines[len(lines)-1], "tracker: "))
}
