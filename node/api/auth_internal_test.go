package api

import (
	"fmt"
	"testing"
)

// TestFailuresAreBounded: a flood from many addresses keeps memory small and
// forgets the oldest first.
func TestFailuresAreBounded(t *testing.T) {
	f := newFailures()
	for range failureBurst {
		f.allow("192.0.2.1:1")
	}
	if f.allow("192.0.2.1:2") {
		t.Error("another port is another address")
	}
	for i := range 2 * maxRemotes {
		f.allow(fmt.Sprintf("10.%d.%d.%d:80", i>>16, i>>8&255, i&255))
	}
	if len(f.byRemote) != maxRemotes || f.recent.Len() != maxRemotes {
		t.Errorf("%d addresses, %d in order", len(f.byRemote), f.recent.Len())
	}
	if !f.allow("192.0.2.1:1") {
		t.Error("the oldest address is still remembered")
	}
}

func TestNetworkOf(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:80":           "192.0.2.1/32",
		"[::ffff:192.0.2.1]:80":  "192.0.2.1/32",
		"[2001:db8::1]:80":       "2001:db8::/64",
		"[2001:db8::ffff:1]:443": "2001:db8::/64",
		"[fe80::1%eth0]:80":      "fe80::/64",
		"":                       "invalid Prefix",
		"somewhere":              "invalid Prefix",
	} {
		if got := networkOf(address).String(); got != want {
			t.Errorf("%q is in %s, want %s", address, got, want)
		}
	}
}

// FuzzCheckJSON: nothing that arrives makes the check panic.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,{"b":null}]}`, `[[[`, `{"a":1,"A":2}`, `{"a"}`, `}`, "\x00", `1 2`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { _ = checkJSON(data) })
}
