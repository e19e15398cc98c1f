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

// nodeSet are the nodes that a bench asks, and the processes of the whole
// demo that they belong to, if they do.
type nodeSet struct {
	profiles []cli.Profile
	demo     bool
	pids     []int
}

// findNodes finds the nodes: all of a demo if --dir names one, else the one
// that is named as for every other verb.
func findNodes(c *cli.Invocation) (nodeSet, error) {
	dir := c.Dir()
	if dir == "" || c.Node != "" {
		p, err := c.Profile()
		return nodeSet{profiles: []cli.Profile{p}}, err
	}
	for _, path := range []string{filepath.Join(dir, "demo.json"), filepath.Join(dir, "..", "demo.json")} {
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

// mayInvent refuses to write invented companies into a federation that is no
// demo.
func (n nodeSet) mayInvent(confirmed bool) error {
	if n.demo || confirmed {
		return nil
	}
	return fmt.Errorf("%w: this measurement registers thousands of invented companies for good: use a demo (--dir DEMO), or confirm with --invented that this federation is for trying", survey.ErrInvalid)
}

// clockTick is the unit of /proc/PID/stat: USER_HZ, 100 on every Linux.
const clockTick = 10 * time.Millisecond

// cpu returns the processor time that the nodes' processes have used, false
// where that cannot be known: on systems without /proc, for nodes elsewhere,
// and when one of them has ended.
func (n nodeSet) cpu() (time.Duration, bool) {
	total := time.Duration(0)
	for _, pid := range n.pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, false
		}
		// The second field is the program's name and may hold anything.
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

// Invented companies of a bench: the part of the invented numbers that the
// demo does not use. Where they begin is drawn, so that most are new.
const (
	firstNumber = cli.FirstInvented + 100_000
	lastNumber  = cli.FirstInvented + 999_999
)

// inventedNumbers returns n numbers in a row.
func inventedNumbers(n int) []int {
	first := firstNumber + rand.IntN(lastNumber-firstNumber-n)
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = first + i
	}
	return numbers
}
