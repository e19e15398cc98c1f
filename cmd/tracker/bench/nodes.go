package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// nodeSet holds the nodes that a benchmark asks. If they belong to a demo, it has the processes of
// the whole demo too.
type nodeSet struct {
	profiles []cli.Profile
	demo     bool
	pids     []int
}

// findNodes finds the nodes: all of a demo's if --dir names one, otherwise the node that any other
// verb would find.
func findNodes(c *cli.Invocation) (nodeSet, error) {
	dir := c.Dir()
	if dir == "" || c.Node != "" {
		p, err := c.Profile()
		return nodeSet{profiles: []cli.Profile{p}}, err
	}

	for _, path := range []string{filepath.Join(dir, "demo.json"), filepath.Join(dir, "..", "demo.json")} {
		// A demo's node has the demo's file one directory up.
		file, err := cli.ReadDemo(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nodeSet{}, err
		}

		nodes := nodeSet{demo: true}
		for _, n := range file.Nodes {
			if cli.SameFile(filepath.Dir(path), dir) || cli.SameFile(n.Dir, dir) {
				nodes.profiles = append(nodes.profiles, file.Profile(n))
			}
			if !slices.Contains(nodes.pids, n.PID) {
				nodes.pids = append(nodes.pids, n.PID)
			}
		}

		if len(nodes.profiles) > 0 {
			return nodes, nil
		}
	}

	p, err := c.Profile()
	return nodeSet{profiles: []cli.Profile{p}}, err
}

const inventedUsage = "confirm that this federation, which is not a demo, may get invented companies"

// mayInvent refuses to add invented companies to a federation that is not a demo, unless confirmed
// is set.
func (n nodeSet) mayInvent(confirmed bool) error {
	if n.demo || confirmed {
		return nil
	}
	return fmt.Errorf("%w: this measurement registers thousands of invented companies for good: "+
		"use a demo (--dir DEMO), or confirm with --invented that this federation is for trying things out", survey.ErrInvalid)
}

// clockTick is the unit of times in /proc/PID/stat: USER_HZ, 100 on every Linux.
const clockTick = 10 * time.Millisecond

// cpu returns the processor time that the nodes' processes have used. It returns false if that
// cannot be known: without /proc, for nodes elsewhere, and if one of the processes has ended.
func (n nodeSet) cpu() (time.Duration, bool) {
	total := time.Duration(0)
	for _, pid := range n.pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, false
		}

		// The second field is the program's name. It may contain anything.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 13 {
			return 0, false
		}

		for _, field := range fields[11:13] { // utime and stime
			ticks, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, false
			}
			total += time.Duration(ticks) * clockTick
		}
	}
	return total, len(n.pids) > 0
}

// cpuEach returns the processor time in milliseconds that each request has used since before, nil if
// that cannot be known.
func (n nodeSet) cpuEach(before time.Duration, known bool, requests int) *float64 {
	after, still := n.cpu()
	if !known || !still || requests == 0 {
		return nil
	}
	each := milliseconds(after-before) / float64(requests)
	return &each
}

func cpuCell(each *float64) string {
	if each == nil {
		return "n/a"
	}
	return fmt.Sprintf("%.2f", *each)
}

// The numbers of invented companies that the demo does not use. Each benchmark begins at a random
// one, so that most companies are new.
const (
	firstNumber = cli.FirstInvented + 100_000
	lastNumber  = cli.FirstInvented + 999_999
)

// inventedNumbers returns n consecutive numbers.
func inventedNumbers(n int) []int {
	first := firstNumber + rand.IntN(lastNumber-firstNumber-n)
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = first + i
	}
	return numbers
}
