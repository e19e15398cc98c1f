package cli

import (
	"strings"
	"testing"
)

func TestPrintableKeepsTheCursorWhereItIs(t *testing.T) {
	if got := Printable("a\x1b[2Jb\tc\nd\u202ee é£"); strings.ContainsAny(got, "\x1b\t\n\u202e") || !strings.HasSuffix(got, "e é£") {
		t.Errorf("%q", got)
	}
}
