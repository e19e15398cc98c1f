package notifier_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ahsn-network/tracker/store/notifier"
)

func told(changed <-chan struct{}) bool {
	select {
	case <-changed:
		return true
	default:
		return false
	}
}

func TestNotifyWakesWhoWaitsNow(t *testing.T) {
	var n notifier.Notifier
	n.Notify()
	first, second := n.Changed(), n.Changed()
	if told(first) || told(second) {
		t.Error("told before anything changed")
	}
	n.Notify()
	if !told(first) || !told(second) {
		t.Error("not told of the change")
	}
	next := n.Changed()
	if told(next) {
		t.Error("told of an earlier change")
	}
	n.Notify()
	n.Notify()
	if !told(next) {
		t.Error("not told of the second change")
	}
}

// TestNoChangeIsMissed follows a counter that others raise: who takes the
// channel before the value always sees the last one.
func TestNoChangeIsMissed(t *testing.T) {
	const writers, changes = 4, 1000
	var n notifier.Notifier
	var value atomic.Int64
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range changes {
				value.Add(1)
				n.Notify()
			}
		})
	}
	for {
		changed := n.Changed()
		if value.Load() == writers*changes {
			break
		}
		<-changed
	}
	group.Wait()
}
