package cli

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Watched shows on a terminal how much of r is read.
func (c *Invocation) Watched(r io.Reader, size int64, what string) io.Reader {
	if !IsTerminal(c.Err) {
		return r
	}
	bar := progressbar.NewReader(r, progressbar.NewOptions64(size, progressbar.OptionSetWriter(c.Err), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish()))
	return &bar
}

// Sending is watched for what goes to the node.
func (c *Invocation) Sending(r io.Reader, size int64) io.Reader { return c.Watched(r, size, "sending") }

// IsTerminal reports whether a person watches w.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
