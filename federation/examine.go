package federation

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// PathExamine is the node call by which a node asks another one to connect back
// to it, at the address that the roster has for it, and to tell its time.
const PathExamine = "/node/v1/examine"

// Bounds of an examination of the ways to other nodes.
const (
	backTimeout    = 8 * time.Second  // for the way back
	examineTimeout = 12 * time.Second // for the call that asks for it
)

// examineAnswer is the other node's answer. Its times are milliseconds since 1970.
type examineAnswer struct {
	Received int64  `json:"received"`
	Answered int64  `json:"answered"`
	Address  string `json:"address"` // that it has for the caller
	Problem  string `json:"problem,omitempty"`
}

// Examiner looks whether this node and the others can reach each other.
type Examiner struct {
	otherNodes
	key       *identity.Key
	id        identity.FederationID
	network   link.Network
	advertise string
	back      bool // others can find this node at its port now

	port   *link.Port // Close closes them
	server *link.Server
}

// Examining opens an Examiner on the directory of a node that is not running.
// It listens in the node's place meanwhile, so that the others can connect
// back. Without a Listener the way back is not looked at.
type Examining struct {
	Dir       string
	Region    survey.Region
	Key       *identity.Key
	Listener  net.Listener
	Advertise string
	Logger    *slog.Logger
}

// OpenExaminer returns ErrNotFounded if the node belongs to no federation.
// Close closes the Listener.
func OpenExaminer(o Examining) (*Examiner, error) {
	peers, err := LoadPeers(o.Dir)
	if err != nil {
		return nil, err
	}

	e := &Examiner{otherNodes: otherNodes{region: o.Region, roster: newRoster(peers.Members)},
		key: o.Key, id: peers.Federation, advertise: o.Advertise, back: o.Listener != nil}

	// The node port needs a listener. Nobody is told of this one.
	if o.Listener == nil {
		if o.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("examine: %w", err)
		}
	}

	if e.port, err = link.Open(link.Options{Listener: o.Listener, Key: o.Key, Region: o.Region, Federation: e.id,
		Roster: e.roster, Logger: o.Logger}); err != nil {
		return nil, err
	}

	e.network = e.port
	e.calls = link.NewClient(e.port, o.Logger)
	e.server = link.Serve(e.port, map[string]link.Handler{PathExamine: e.serve}, o.Logger)
	return e, nil
}

// Close closes what OpenExaminer opened.
func (e *Examiner) Close() error {
	e.calls.Close()
	return errors.Join(e.server.Close(), e.port.Close())
}

// Examine looks at the way to the node at an address (host:port), step by
// step, or, if that is empty, to every other region's node. It takes at most
// half a minute. It changes nothing.
func (f *Federation) Examine(ctx context.Context, address string) []Finding {
	return f.examiner().Examine(ctx, address)
}

func (f *Federation) examiner() *Examiner {
	return &Examiner{otherNodes: f.others, key: f.options.Key, id: f.id, network: f.network,
		advertise: f.options.Advertise, back: true}
}

// serve answers PathExamine. It connects to the caller's address in the roster
// and to no other, so that nobody can be made to knock elsewhere.
func (e *Examiner) serve(ctx context.Context, peer survey.Region, _ []byte) ([]byte, error) {
	answer := examineAnswer{Received: time.Now().UnixMilli()}
	ctx, cancel := context.WithTimeout(ctx, backTimeout)
	defer cancel()
	if m, ok := e.roster.Member(peer); ok {
		answer.Address = m.Address
	}

	// The connection proves the way back, and is of no other use.
	conn, err := e.network.Dial(ctx, peer, link.ProtocolCall)
	if err != nil {
		answer.Problem = err.Error()
	} else {
		conn.Close()
	}

	answer.Answered = time.Now().UnixMilli()
	return json.Marshal(answer)
}

// Examine looks as Federation.Examine does, for a node that is not running.
func (e *Examiner) Examine(ctx context.Context, address string) []Finding {
	if address != "" {
		return e.way(ctx, address, e.expected(address))
	}

	findings := []Finding{e.ownAddress()}
	members := e.roster.others(e.region)
	ways := make([][]Finding, len(members))
	var all sync.WaitGroup
	for i, m := range members {
		all.Go(func() { ways[i] = summed(m, e.way(ctx, m.Address, &m)) })
	}

	all.Wait()
	for _, way := range ways {
		findings = append(findings, way...)
	}
	return findings
}

// expected returns the member that the roster has at the address, nil if there is none.
func (e *Examiner) expected(address string) *survey.Member {
	for _, m := range e.roster.others(e.region) {
		if m.Address == address {
			return &m
		}
	}
	return nil
}

// ownAddress compares the address that the others have with the one in the settings.
func (e *Examiner) ownAddress() Finding {
	const check = "own address"
	self, ok := e.roster.Member(e.region)
	switch {
	case !ok || self.State == survey.MemberRemoved:
		return Ill(check, "ask the other regions: nothing from this node is accepted", "%s is not in the roster",
			e.region)
	case !self.Key.Equal(e.key.Public()):
		return Ill(check, "start the node once more; if this stays, \"tracker node new-key\"",
			"the roster has another key of %s than %s", e.region, identity.NodeID(e.key.Public()))
	case e.advertise != "" && e.advertise != self.Address:
		return Ill(check, "start the node: it tells the others by itself, which takes a majority of them",
			"the others have %s, the settings say %s", self.Address, e.advertise)
	}
	return Well(check, "the others have %s", self.Address)
}

// way goes to an address and back. Without a member any member may answer.
func (e *Examiner) way(ctx context.Context, address string, m *survey.Member) []Finding {
	found := link.Probe(ctx, link.Probing{Key: e.key, Federation: e.id, Address: address, Protocol: link.ProtocolCall,
		Wanted: func(key ed25519.PublicKey) bool {
			if m != nil {
				return m.Key.Equal(key)
			}
			_, ok := e.roster.MemberByKey(key)
			return ok
		}})
	findings := e.steps(address, m, found)
	if found.Failed != "" {
		return findings
	}

	// The address was named by a person: it may be another member's, or an old one.
	if m == nil {
		known, _ := e.roster.MemberByKey(found.Key)
		if m = &known; m.Address != address {
			findings = append(findings, Ill("roster", "nothing, if it has just moved; else set node_advertise there",
				"%s answers at %s, the roster has it at %s", m.Region, address, m.Address))
		}
	}
	return append(findings, e.wayBack(ctx, *m)...)
}

// wayBack asks the node to connect to this one, and compares the clocks.
func (e *Examiner) wayBack(ctx context.Context, m survey.Member) []Finding {
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	sent := time.Now()
	answer, err := ask[examineAnswer](ctx, e.calls, m.Region, PathExamine, nil)
	back := time.Now()
	var refused *link.CallError
	switch {
	case errors.As(err, &refused) && refused.Code == link.CodeNoHandler:
		return []Finding{Well("way back", "%s runs a version that cannot be asked", m.Region)}
	case err != nil:
		return []Finding{Ill("way back", "try again; if this stays, look at the log there",
			"%s took the connection and did not answer: %v", m.Region, err)}
	}

	// A node that does not have its port now has no way back to look at.
	var findings []Finding
	switch {
	case !e.back:
		findings = append(findings, Well("way back", "not looked at: this node's port is taken"))
	case answer.Problem != "":
		do := "let TCP in to " + answer.Address + " from everywhere, " +
			"or set node_advertise to the address at which others reach this node"
		findings = append(findings, Ill("way back", do,
			"%s cannot reach this node at %s: %s", m.Region, answer.Address, answer.Problem))
	default:
		findings = append(findings, Well("way back", "%s reaches this node at %s", m.Region, answer.Address))
	}

	// The time of the call itself cancels out if both ways take equally long.
	skew := (time.UnixMilli(answer.Received).Sub(sent) + time.UnixMilli(answer.Answered).Sub(back)) / 2
	if skew.Abs() > skewAlarm {
		return append(findings, Ill("clock", "compare both clocks with a third, and set the wrong one by NTP",
			"the clock of %s is %s", m.Region, aheadOrBehind(skew)))
	}
	return append(findings, Well("clock", "that of %s differs by less than %s", m.Region, skewAlarm))
}

func aheadOrBehind(skew time.Duration) string {
	if skew < 0 {
		return (-skew).Round(time.Second).String() + " behind this one's"
	}
	return skew.Round(time.Second).String() + " ahead of this one's"
}

// summed returns one line about a way that is well, otherwise its faults.
func summed(m survey.Member, way []Finding) []Finding {
	check := "way to " + string(m.Region)
	if AllWell(way) {
		return []Finding{Well(check, "there and back, at %s", m.Address)}
	}

	var faults []Finding
	for _, f := range way {
		if !f.OK {
			f.Check = check
			faults = append(faults, f)
		}
	}
	return faults
}
