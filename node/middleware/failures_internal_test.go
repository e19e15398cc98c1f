package middleware

import (
	"fmt"
	"testing"
	"time"
)

// TestFailuresAreBounded: a flood from many addresses keeps memory small, and
// the oldest are forgotten first.
func TestFailuresAreBounded(t *testing.T) {
	f, now := NewFailures(20, time.Second), time.Date(2023, time.July, 14, 9, 0, 0, 0, time.UTC)
	for range 20 {
		f.Fail(Network("192.0.2.1:1"), now)
	}
	if f.Fail(Network("192.0.2.1:2"), now) {
		t.Error("another port is another address")
	}
	for i := range 2 * maxFailureKeys {
		f.Fail(Network(fmt.Sprintf("10.%d.%d.%d:80", i>>16, i>>8&255, i&255)), now)
	}
	if len(f.byKey) != maxFailureKeys || f.recent.Len() != maxFailureKeys {
		t.Errorf("%d addresses, %d in order", len(f.byKey), f.recent.Len())
	}
	if !f.Fail(Network("192.0.2.1:1"), now) {
		t.Error("the oldest address is still remembered")
	}
}
