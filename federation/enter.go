package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// registryDir is where a node's registry keeps its files, and nothing else.
const registryDir = "raft"

// How long the start of a node that lost its registry's files waits to be let in
// again, and how long it waits between rounds and for one answer.
const (
	enterTimeout = 10 * time.Second
	enterPause   = 2 * time.Second
	addressWait  = 5 * time.Second
	askTimeout   = 10 * time.Second
)

// PathRoster is the node call that returns the roster as the answering node
// knows it.
const PathRoster = "/node/v1/roster"

type rosterAnswer struct {
	Epoch   uint64          `json:"epoch"`
	Members []survey.Member `json:"members"`
}

func (f *Federation) serveRoster(context.Context, survey.Region, []byte) ([]byte, error) {
	return json.Marshal(rosterAnswer{Epoch: f.registry.Epoch(), Members: f.registry.Members()})
}

// Rejoin takes the registry's files in a stopped node's directory out of use,
// and nothing else: its records and its key stay. The next start enters the
// federation under the next generation and receives the registry again. Until
// then the files lie in raft.old, to be read only.
func Rejoin(dir string) error {
	peers, err := LoadPeers(dir)
	if err != nil {
		return err
	}
	peers.Rejoin, peers.Replaced, peers.Number, peers.Founder = true, false, 0, ""

	// Written first, so that the next try mends a crash in between.
	if err := peers.Save(dir); err != nil {
		return fmt.Errorf("rejoin: %w", err)
	}

	old := filepath.Join(dir, oldRegistryDir)
	if _, err := os.Stat(filepath.Join(dir, registryDir)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("rejoin: %w", err)
	}
	if err := os.Rename(filepath.Join(dir, registryDir), old); err != nil {
		return fmt.Errorf("rejoin: %w", err)
	}
	return nil
}

// enter decides under which generation this node takes part, or that it stands aside. Existing
// files go on under their generation, unless the others have replaced them. Files that were there
// and are gone may have voted: the node then enters anew, which takes a leader. It waits for that
// at most 10 s, and otherwise starts and stands aside.
func (f *Federation) enter() error {
	self, _ := f.roster.Member(f.options.Region)
	_, err := os.Stat(filepath.Join(f.registryDir(), "log.db"))
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case f.peers.now().Generation == 0 && !f.peers.now().Rejoin:
		// The first start: the roster's generation is this directory's.
		return f.peers.change(func(p *Peers) { p.Generation = self.Generation })
	case !missing && !f.peers.now().Rejoin:
		if f.peers.now().Replaced || self.Generation > f.peers.now().Generation || f.replaced(f.life) {
			f.fence.set(fencedReplaced)
			return f.peers.change(func(p *Peers) { p.Replaced = true })
		}
		return os.RemoveAll(filepath.Join(f.options.Dir, oldRegistryDir))
	}

	if !missing {
		if err := f.setDamagedAside(); err != nil {
			return err
		}
	}

	// From here on the node needs a majority of the others, and waits a while for it.
	ctx, cancel := context.WithTimeout(f.life, enterTimeout)
	defer cancel()
	f.log.Warn("this node has no copy of the registry any more: it asks the others to let it enter again")
	for {
		generation, err := f.reenter(ctx)
		if err == nil {
			return f.peers.change(func(p *Peers) { p.Generation, p.Rejoin = generation, false })
		}
		if !notifier.Pause(ctx, enterPause) {
			f.log.Warn("no majority has let this node in yet: it starts, stands aside and goes on asking", "error", err)
			f.fence.set(fencedEntering)
			return nil
		}
	}
}

// reenter makes one round: it learns the newest generation from the nodes that answer, and asks all
// of them for the next.
func (f *Federation) reenter(ctx context.Context) (uint64, error) {
	if err := os.RemoveAll(f.registryDir()); err != nil {
		return 0, err
	}

	self, _ := f.roster.Member(f.options.Region)
	newest, heard := self.Generation, false
	for _, m := range f.roster.others(f.options.Region) {
		if generation, ok := f.others.generation(ctx, m.Region); ok {
			newest, heard = max(newest, generation), true
		}
	}
	if !heard {
		return 0, errors.New("no other node answers")
	}

	if err := f.others.askLeader(ctx, f.signer().Reenter(newest+1)); err != nil {
		return 0, err
	}
	return newest + 1, nil
}

func (f *Federation) signer() registry.Self {
	return registry.Self{Key: f.options.Key, Federation: f.id, Region: f.options.Region}
}

// otherNodes are asked by this one, whether its registry is open or not.
type otherNodes struct {
	region survey.Region // this node's
	roster *roster
	calls  *link.Client
}

// generation asks one of them which generation of this region its roster has.
func (o otherNodes) generation(ctx context.Context, of survey.Region) (uint64, bool) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer, err := ask[rosterAnswer](ctx, o.calls, of, PathRoster, nil)
	own, listed := newRoster(answer.Members).Member(o.region)
	return own.Generation, err == nil && listed
}

// ask calls another node, with a question if there is one, and reads its answer.
func ask[T any](
	ctx context.Context, calls *link.Client, region survey.Region, path string, question any,
) (answer T, err error) {
	var text []byte
	if question != nil {
		text, err = json.Marshal(question)
	}
	if err == nil {
		text, err = calls.Call(ctx, region, path, text)
	}
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	return answer, err
}

// askLeader sends what this node signed to one node after the other until the
// leader among them has recorded it. It returns a refusal as an error.
func (o otherNodes) askLeader(ctx context.Context, rows []byte) error {
	failed := errors.New("no other node is known")
	for _, m := range o.roster.others(o.region) {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		reply, err := o.calls.Call(ctx, m.Region, registry.PathForward, rows)
		cancel()
		if err != nil {
			failed = err
			continue
		}

		outcome, recorded, err := registry.SelfOutcome(reply)
		switch {
		case err != nil || !recorded:
			failed = errors.Join(fmt.Errorf("%s does not lead", m.Region), err)
		case outcome.Refusal != nil:
			return outcome.Refusal
		default:
			return nil
		}
	}
	return failed
}

// tellAddress tells the others where this node is reached, as long as the roster has another
// address. It works also when nobody finds this node, so that it hears no leader.
func (f *Federation) tellAddress(ctx context.Context) {
	if f.options.Advertise == "" {
		return
	}
	every(ctx, addressWait, func(ctx context.Context) {
		// The roster of the peers file will do: a node that joined under a wrong
		// address has no copy of the registry, and nobody can give it one.
		self, ok := f.roster.Member(f.options.Region)
		if ok && f.fence.reason() == "" && self.Address != f.options.Advertise && self.State != survey.MemberRemoved {
			f.changeAddress(ctx, self.Address)
		}
	})
}

func (f *Federation) changeAddress(ctx context.Context, from string) {
	id := fmt.Sprintf("address-%s-%d", f.duplicates.own[:8], f.registry.Number())
	rows := f.signer().SetAddress(id, f.options.Advertise)
	own, err := f.registry.Forward(ctx, f.options.Region, rows)
	if outcome, recorded, _ := registry.SelfOutcome(own); err == nil && recorded && outcome.Refusal == nil {
		return
	}

	// If this node does not lead, the others are asked in turn.
	if err := f.others.askLeader(ctx, rows); err != nil {
		f.log.Warn("the others have another address of this node",
			"roster", from, "configured", f.options.Advertise, "error", err)
	}
}
