package federation

import (
	"fmt"
	"slices"
)

// Finding is the result of one check: that all is well, or a fault and its remedy.
type Finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Text  string `json:"text"`
	Do    string `json:"do,omitempty"`
}

// Well is a finding that asks for nothing.
func Well(check, format string, args ...any) Finding {
	return Finding{Check: check, OK: true, Text: fmt.Sprintf(format, args...)}
}

// Ill is a finding that asks for something to be done.
func Ill(check, do, format string, args ...any) Finding {
	return Finding{Check: check, Text: fmt.Sprintf(format, args...), Do: do}
}

// AllWell reports whether no finding asks for anything.
func AllWell(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return !f.OK })
}
