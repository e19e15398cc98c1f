package totals

import (
	"flag"
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// sizes are federations to measure: 42 is an integrated care board each, 150 an
// NHS trust or so each.
var sizes = flag.String("sizes", "15", "sizes of the federations in which a release is measured, such as 15,42,150")

// TestAReleaseReachesEveryRegion measures what one release costs a federation
// whose regions have all cells filled, on a network with 20 ms a call.
func TestAReleaseReachesEveryRegion(t *testing.T) {
	for text := range strings.SplitSeq(*sizes, ",") {
		size, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(text, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { releaseIn(t, size) }) })
	}
}

func releaseIn(t *testing.T, size int) {
	var regions []survey.Region
	for i := range size {
		regions = append(regions, survey.Region(fmt.Sprintf("r%c%c", 'a'+i/26, 'a'+i%26)))
	}
	n := found(t, regions...)
	defer n.end()
	random := rand.New(rand.NewSource(1))
	total := int64(0)
	for _, r := range regions {
		cells, answers := cube(random)
		n.records[r].change(func() { n.records[r].cells, n.records[r].answers = cells, answers })
		for _, c := range cells {
			if c.Metric == "investment_leveraged" && c.Dimension == "" {
				total += c.Value
			}
		}
	}
	t.Logf("%d regions: all figures at all nodes after %s, %d MB", size, n.until(5*time.Minute, "all figures", n.allKnow(total)), n.carried()>>20)
	time.Sleep(time.Minute)
	calls, carried := n.asked(), n.carried()
	time.Sleep(time.Minute)
	idleCalls, idleCarried := n.asked()-calls, n.carried()-carried
	calls, carried = n.asked(), n.carried()
	n.records[regions[0]].change(func() {
		for i, c := range n.records[regions[0]].cells {
			if c.Metric == "investment_leveraged" && c.Dimension == "" {
				n.records[regions[0]].cells[i].Value += 100_00
			}
		}
	})
	took := n.until(5*time.Second, "the release at all nodes", n.allKnow(total+100_00))
	t.Logf("one release: at all nodes after %s, %d calls, %d kB; an idle minute: %d calls, %d kB",
		took, n.asked()-calls, (n.carried()-carried)>>10, idleCalls, idleCarried>>10)
}
