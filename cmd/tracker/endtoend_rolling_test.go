//go:build unix

package main

import (
	"flag"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// rollingNodes is how many nodes the rolling restart has; "-rolling 15" does
// all of them.
var rollingNodes = flag.Int("rolling", 5, "nodes restarted one by one in the end-to-end test")

// TestRollingRestartUnderClaims stops and starts every node in turn, as an
// upgrade does, while claims are made at all of them.
func TestRollingRestartUnderClaims(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), "--nodes", fmt.Sprint(*rollingNodes), "--no-data")
	var ids []survey.Identifier
	for i := range 1 + *rollingNodes {
		ids = append(ids, d.register(d.node(0), 2000*i, 2000)...)
	}
	acknowledged, stop := d.claimLoad(ids)
	stopLoad := sync.OnceFunc(stop)
	defer stopLoad()
	handed := 0
	for place, n := range d.file.Nodes {
		d.awaitMore(acknowledged)
		leads := d.leader().place == place
		d.end(n.PID, syscall.SIGTERM)
		if leads {
			handed++
		}
		again := d.serve(n, true)
		if said := again.said(); strings.Contains(said, "epoch") || strings.Contains(said, "rejoin") {
			t.Errorf("%s did not come back as itself: %s", n.Region, said)
		}
	}
	d.awaitMore(acknowledged)
	stopLoad()
	gap := acknowledged.longestGap()
	t.Logf("%d nodes restarted, %d of them led, %d claims acknowledged, longest time without one %v", *rollingNodes, handed, acknowledged.count(), gap)
	if gap > maxSilence {
		t.Errorf("no claim was acknowledged for %v", gap)
	}
	d.checkAcknowledged(acknowledged)
}
