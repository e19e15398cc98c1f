package gossip_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/gossip"
)

// A member's machine may gossip anything about names: strangers take no place
// and no memory.
func TestStrangersAreVetoed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 3)
		defer n.end()
		n.until(10*time.Second, "all see all", n.allSeeAll)
		victim, rogue := n.regions[0], n.regions[2]
		line, err := n.plugs[rogue].Dial(t.Context(), victim, gossip.ProtocolPacket)
		if err != nil {
			t.Fatal(err)
		}
		defer line.Close()
		before := heap()
		for i := range 100_000 {
			if _, err := line.Write(packet(alive(fmt.Sprintf("stranger-%06d", i)))); err != nil {
				if line, err = n.plugs[rogue].Dial(t.Context(), victim, gossip.ProtocolPacket); err != nil {
					t.Fatal(err)
				}
			}
			if i%100 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		if grown := int64(heap()) - int64(before); grown > 4<<20 {
			t.Errorf("100,000 forged names took %d bytes", grown)
		}
		if got := strings.Count(n.log.String(), "is not in the roster"); got == 0 || got > 100 {
			t.Errorf("%d lines were logged about strangers", got)
		}
		if h := n.nodes[victim].Health(); len(h) != 3 {
			t.Errorf("members: %v", h)
		}
		time.Sleep(20 * time.Second)
		if !n.allSeeAll() {
			t.Error("the flood made members miss each other")
		}
	})
}

func TestBadFramesCloseTheConnectionOnly(t *testing.T) {
	for name, frame := range map[string][]byte{
		"too large":            append([]byte{0xff, 0xff, 1}, make([]byte, 100)...),
		"not a beacon":         {0, 3, 1, 'x', 'y', 'z'},
		"deep":                 append([]byte{0, 200, 1}, bytesOf(0x81, 200)...),
		"claims a huge string": {0, 9, 1, 0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"unknown kind":         {0, 1, 9, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := found(t, 3)
				defer n.end()
				n.until(10*time.Second, "all see all", n.allSeeAll)
				line, err := n.plugs[n.regions[2]].Dial(t.Context(), n.regions[0], gossip.ProtocolPacket)
				if err != nil {
					t.Fatal(err)
				}
				defer line.Close()
				if _, err := line.Write(frame); err != nil {
					t.Fatal(err)
				}
				time.Sleep(15 * time.Second)
				if !n.allSeeAll() {
					t.Error("members miss each other")
				}
			})
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// alive is memberlist's message that a node is alive, in msgpack.
func alive(name string) []byte {
	text := func(s string) []byte { return append([]byte{0xa0 | byte(len(s))}, s...) }
	msg := []byte{4, 0x86} // aliveMsg, a map of six
	msg = append(append(msg, text("Addr")...), append([]byte{0xa4}, 127, 1, 2, 3)...)
	msg = append(append(msg, text("Incarnation")...), 1)
	msg = append(append(msg, text("Meta")...), 0xa0)
	msg = append(append(msg, text("Node")...), text(name)...)
	msg = append(append(msg, text("Port")...), 0xcd, 0x1d, 0x13)
	return append(append(msg, text("Vsn")...), 0xa6, 1, 5, 2, 1, 1, 1)
}

// packet frames a memberlist message with the federation's label.
func packet(msg []byte) []byte {
	label := federation.String()
	body := append(append([]byte{244, byte(len(label))}, label...), msg...)
	return append(append(binary.BigEndian.AppendUint16(nil, uint16(len(body))), 0), body...)
}

func bytesOf(b byte, n int) []byte { return slices.Repeat([]byte{b}, n) }
