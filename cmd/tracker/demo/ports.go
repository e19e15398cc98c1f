package demo

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// A node returns to its ports. So the demo avoids the ports that operating systems give to any
// connection while the node is away. Those begin at 32768 or later.
const (
	PortsPerNode = 3
	LowestPort   = 16_384
	HighestPort  = 32_767
	maxPort      = 65_535
	portTries    = 100 // rows to look at
)

// ports returns n consecutive ports that nobody listens on, from --base-port on or any free ones.
func (d *instance) ports(n int) ([]int, error) {
	if d.basePort < 0 || d.basePort+n-1 > maxPort {
		return nil, fmt.Errorf("%w: --base-port %d: the demo needs %d ports from there on, up to %d",
			survey.ErrInvalid, d.basePort, n, maxPort)
	}

	if d.basePort != 0 {
		return FreeRow(d.basePort, n)
	}

	var err error
	for range portTries {
		var ports []int
		if ports, err = FreeRow(LowestPort+rand.IntN(HighestPort-LowestPort-n), n); err == nil {
			return ports, nil
		}
	}
	return nil, err
}

// FreeRow returns the n ports from first on. It returns an error if one of them is taken.
func FreeRow(first, n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		ports[i] = first + i
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[i])))
		if err == nil {
			err = listener.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("port %d is not free (%w): another demo or program has it. "+
				"Give another --base-port (%d ports from there on are needed), or none", ports[i], err, n)
		}
	}
	return ports, nil
}

// checkPorts refuses to resume while somebody listens on a node's port. The nodes would fail one by
// one, and the nodes of a demo that runs already would answer instead of them.
func (d *instance) checkPorts() error {
	for _, n := range d.file.Nodes {
		people, operator := strings.TrimPrefix(n.URL, "https://"), strings.TrimPrefix(n.Operator, "http://")
		for _, address := range []string{n.Node, people, operator} {
			listener, err := net.Listen("tcp", address)
			if err != nil {
				return fmt.Errorf("%s of %s is not free (%w): is this demo or one of its nodes running already? "+
					"Stop it first, or use another --dir", address, n.Region, err)
			}
			if err := listener.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}
