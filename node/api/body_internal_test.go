package api

import "testing"

// FuzzCheckJSON: nothing that arrives makes the check panic.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,{"b":null}]}`, `[[[`, `{"a":1,"A":2}`, `{"a"}`, `}`, "\x00", `1 2`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { _ = checkJSON(data) })
}
