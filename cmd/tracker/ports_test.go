package main

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/demo"
)

// portBlock is how many ports a test reserves at a time; the first of them is
// held as a sign to other tests, also to those of other processes.
const portBlock = 64

// reservePorts returns the first of n ports in a row that are this test's until
// it ends. Nobody else is given one while the test's node is not yet there, or
// away: not by the operating system either, see demo/ports.go.
func reservePorts(t *testing.T, n int) int {
	t.Helper()
	blocks := (demo.HighestPort + 1 - demo.LowestPort) / portBlock
	for i, begin := 0, rand.IntN(blocks); i < blocks && n < portBlock; i++ {
		sign := demo.LowestPort + (begin+i)%blocks*portBlock
		held, err := net.Listen("tcp", here(sign))
		if err != nil {
			continue
		}
		if _, err := demo.FreeRow(sign+1, n); err != nil {
			held.Close()
			continue
		}
		t.Cleanup(func() { held.Close() })
		return sign + 1
	}
	t.Fatalf("no %d free ports in a row", n)
	return 0
}

// reserveAddresses is reservePorts for the addresses of one node: of its node
// port, for people, for operators.
func reserveAddresses(t *testing.T) []string {
	t.Helper()
	first := reservePorts(t, demo.PortsPerNode)
	return []string{here(first), here(first + 1), here(first + 2)}
}

func here(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
