package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/node"
)

// doctorTimeout bounds one examination.
const doctorTimeout = time.Minute

func newDoctorCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var peer string
	cmd := &cobra.Command{
		Use:   "doctor [--peer HOST:PORT]",
		Short: "Check the path between this node and the others: network, clock, disk, limits",
		Long: `Check the machine, and the path to every other node and back: name, TCP, TLS, the key
that answers, clocks, disk, permissions, limits, ports. It changes nothing. Each line says
that something is fine, or what to do about it.

It asks the running node in --dir over its operator port. If the node is not running, it
makes the checks itself and listens on the node's port meanwhile.

With --peer it checks the path to one address step by step.

Exit code 6: something needs attention.`,
		Example: "  tracker doctor --dir /var/lib/tracker\n" +
			"  tracker doctor --dir /var/lib/tracker --peer tracker.sw.example:7443",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if peer != "" {
				if host, port, err := net.SplitHostPort(peer); err != nil || host == "" || port == "" {
					return cli.Usage(cmd, "--peer %s: write it as host:port, the address of the node port there", peer)
				}
			}
			if c.Dir() == "" {
				// A node that is down has no address to ask, only a directory.
				return cli.Usage(cmd, "name the node's directory with --dir")
			}

			findings, err := examine(cmd.Context(), c, peer)
			if err != nil {
				return fmt.Errorf("doctor: %w", err)
			}
			return showFindings(c, out, findings)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&peer, "peer", "", "check only the path to this node port, step by step")
	return cmd
}

// examine asks the running node, or makes the checks itself if it is not running.
func examine(ctx context.Context, c *cli.Invocation, peer string) ([]federation.Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()

	found, err := c.DirectoryProfile(c.Dir())
	if err != nil {
		return nil, err
	}
	path := "/doctor?" + url.Values{"peer": {peer}}.Encode()
	findings, err := postOperator[[]federation.Finding](ctx, found.Operator, path)
	if !errors.Is(err, cli.ErrUnreachable) {
		return findings, err
	}

	c.Say("The node is not running (%s): checking in its place.", found.Operator)

	// The directory may be a demo's; the settings are those of the one node that was found in it.
	c.DirFlag = found.Dir
	settings, logger, err := c.Settings(config.Flags{})
	if err != nil {
		return nil, err
	}
	return node.ExamineStopped(ctx, settings, peer, logger)
}

func showFindings(c *cli.Invocation, out cli.Format, findings []federation.Finding) error {
	if out.JSON {
		if err := c.PrintJSON(map[string]any{"findings": findings}); err != nil {
			return err
		}
	} else {
		var t cli.Table
		for _, f := range findings {
			word, text := "ok", f.Text
			if !f.OK {
				word, text = "MEND", f.Text+". "+capital(f.Do)
			}
			t.Add(word, f.Check, text)
		}
		if err := t.Write(c.Data); err != nil {
			return err
		}
	}

	// Exit codes tell scripts the same as the lines tell people.
	if !federation.AllWell(findings) {
		return cli.ErrFindings
	}
	return nil
}

func capital(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }

// postOperator posts to a running node's operator port and decodes its answer. It returns an error
// wrapping cli.ErrUnreachable if nothing listens there.
func postOperator[T any](ctx context.Context, address, path string) (answer T, err error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	ctx = httptrace.WithClientTrace(ctx, trace)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address+path, http.NoBody)
	if err != nil {
		return answer, err
	}

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)

	// A node that accepts the connection and then fails is running: its files must not be opened.
	if err != nil && !connected.Load() && ctx.Err() == nil {
		return answer, fmt.Errorf("%w: %s", cli.ErrUnreachable, address)
	}
	if err != nil {
		return answer, err
	}

	defer response.Body.Close()

	// Bounded, because something else may be listening on that port.
	text, err := io.ReadAll(io.LimitReader(response.Body, cli.MaxResponseBytes))
	if err != nil {
		return answer, err
	}
	if response.StatusCode != http.StatusOK {
		said := strings.TrimSpace(cli.Printable(string(text)))
		return answer, fmt.Errorf("the node at %s answered %s: %s", address, response.Status, said)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return answer, fmt.Errorf("read the answer of %s: %w", address, err)
	}
	return answer, nil
}
