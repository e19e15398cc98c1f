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

// findNodes finds the nodes: with --dir those of a demo, or the one node of it that --dir names;
// otherwise the node that any other verb would find.
func findNodes(c *cli.Invocation) (nodeSet, error) {
	if dir := c.Dir(); dir != "" && c.Node == "" {
		// A demo's node has the demo's file one directory up.
		for _, home := range []string{dir, filepath.Join(dir, "..")} {
			nodes, err := demoNodes(home, dir)
			if err != nil || nodes.demo {
				return nodes, err
			}
		}
	}

	p, err := c.Profile()
	return nodeSet{profiles: []cli.Profile{p}}, err
}

// demoNodes returns the nodes of the demo in home that dir names: all of them if dir is home, or the
// one whose directory it is. The processes are those of the whole demo, which share the machine. It
// is the zero nodeSet if there is no demo, or none of its nodes is meant.
func demoNodes(home, dir string) (nodeSet, error) {
	file, err := cli.ReadDemo(filepath.Join(home, "demo.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nodeSet{}, nil
	}
	if err != nil {
		return nodeSet{}, err
	}

	var nodes nodeSet
	for _, n := range file.Nodes {
		if cli.SameFile(home, dir) || cli.SameFile(n.Dir, dir) {
			nodes.profiles, nodes.demo = append(nodes.profiles, file.Profile(n)), true
		}
		if !slices.Contains(nodes.pids, n.PID) {
			nodes.pids = append(nodes.pids, n.PID)
		}
	}
	return nodes, nil
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
