package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// watched shows on a terminal how much of r is read.
func (c *cli) watched(r io.Reader, size int64, what string) io.Reader {
	if !isTerminal(c.Err) {
		return r
	}
	bar := progressbar.NewReader(r, progressbar.NewOptions64(size, progressbar.OptionSetWriter(c.Err), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish()))
	return &bar
}

// sending is watched for what goes to the node.
func (c *cli) sending(r io.Reader, size int64) io.Reader { return c.watched(r, size, "sending") }

// isTerminal reports whether a person watches w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
