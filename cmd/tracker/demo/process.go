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
	ended() <-chan struct{} // closed when the node has ended by itself
	stop() error
}

// process is a node in a process of its own. Its standard input is a pipe from the demo: when the
// demo ends, even if it is killed, the node ends too.
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

	command := exec.Command(binary, "serve", "--dir", n.Dir, "--until-stdin-closes")
	p := &process{command: command, log: log, done: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = log, log

	// The variables of the person's own node must not reach the demo's nodes.
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
		_ = p.command.Wait() // its log says how it ended
	}()
	return p, nil
}

func (p *process) pid() int { return p.command.Process.Pid }

func (p *process) ended() <-chan struct{} { return p.done }

// stop asks the node to stop, and waits for at most stopTimeout. It is no error if the node was
// stopped or killed before: the demo is for trying that.
func (p *process) stop() error {
	defer p.log.Close()
	p.stdin.Close()

	select {
	case <-p.done:
		return nil
	case <-time.After(stopTimeout):
		killed := fmt.Errorf("process %d did not stop within %s and was killed", p.pid(), stopTimeout)
		return errors.Join(killed, p.command.Process.Kill())
	}
}

// inside is a node in the demo's own process.
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

func (i *inside) ended() <-chan struct{} { return nil } // only Open can fail

func (i *inside) stop() error { return i.node.Close() }

// copySelf copies this program to path, so that the demo's nodes and the commands it prints do not
// depend on how it was started.
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

	// A resumed demo may be running from this very copy.
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

// lastLine returns the last line of a log, which says why a node ended.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()

	// A log may be large, and only its end matters.
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
