package registry

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/raftlog"
	"github.com/ahsn-network/tracker/store/survey"
)

// raft keeps its term under this name in the stable store (raft v1.8.0,
// api.go).
const keyCurrentTerm = "CurrentTerm"

// Position is how far a stopped node's log reaches. Of two nodes the one with
// the higher Term, then the higher Index, has everything that the other has.
type Position struct {
	Term  uint64 // of the last entry
	Index uint64 // of the last entry
}

// Compare orders positions.
func (p Position) Compare(o Position) int {
	return cmp.Or(cmp.Compare(p.Term, o.Term), cmp.Compare(p.Index, o.Index))
}

// String is how people read it to each other: term 7, index 1234 is "7:1234".
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Term, p.Index) }

// ParsePosition reads the form that String writes.
func ParsePosition(s string) (Position, error) {
	var p Position
	var rest string
	if n, _ := fmt.Sscanf(s, "%d:%d%s", &p.Term, &p.Index, &rest); n != 2 || p.String() != s {
		return Position{}, survey.Invalid("%q: a position is written as TERM:INDEX, for example 7:1234", s)
	}
	return p, nil
}

// Remains describe the registry in a stopped node's files.
type Remains struct {
	Last      Position
	Committed uint64 // index that was known here to be agreed; later entries may or may not have been
	Number    uint64 // the registry's own number up to Committed
	Epoch     uint64
	Members   []survey.Member // as of Committed
	Voters    []survey.Region // of the newest configuration in the log
	Recovered []survey.Recovery
}

// remains is an opened stopped node.
type remains struct {
	Remains
	log       *raftlog.Log
	snapshots *raft.FileSnapshotStore
	machine   *machine
	config    raft.Configuration
}

// Inspect reads a stopped node's registry in dir and changes nothing. It returns the log store's
// error for a damaged or locked file.
func Inspect(dir string, logger *slog.Logger) (Remains, error) {
	r, err := openRemains(dir, logger)
	if err != nil {
		return Remains{}, fmt.Errorf("inspect the registry in %s: %w", dir, err)
	}
	return r.Remains, r.log.Close()
}

func openRemains(dir string, logger *slog.Logger) (*remains, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	log, err := raftlog.Open(filepath.Join(dir, "log.db"), raftlog.Options{OwnReplay: true})
	if err != nil {
		return nil, err
	}
	r := &remains{log: log, machine: newMachine(logger)}
	if err := r.read(dir, logger); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return r, nil
}

func (r *remains) read(dir string, logger *slog.Logger) error {
	var err error
	if r.snapshots, err = raft.NewFileSnapshotStoreWithLogger(dir, snapshotsKept, newRaftLogger(logger)); err != nil {
		return err
	}

	var after uint64
	kept, err := r.snapshots.List()
	if err != nil {
		return err
	}

	// From the newest snapshot that can be read, then the committed entries after it.
	for _, meta := range kept {
		_, from, err := r.snapshots.Open(meta.ID)
		if err == nil {
			err = r.machine.Restore(from)
		}
		if err == nil {
			after, r.config = meta.Index, meta.Configuration
			r.Last = Position{Term: meta.Term, Index: meta.Index}
			break
		}
	}
	if _, err := r.log.Replay(context.Background(), after, func(e *raft.Log) error {
		if e.Type == raft.LogCommand {
			r.machine.Apply(e)
		}
		return nil
	}); err != nil {
		return err
	}

	if err := r.readLog(after); err != nil {
		return err
	}

	known := state.NewReader(r.machine.view)
	r.Committed = max(after, r.log.Committed())
	r.Number, r.Epoch, r.Members, r.Recovered = r.machine.view().Number(), known.Epoch(), known.Members(),
		known.Recoveries()
	for _, s := range r.config.Servers {
		if s.Suffrage == raft.Voter {
			r.Voters = append(r.Voters, survey.Region(s.Address))
		}
	}

	if len(r.Members) == 0 {
		return fmt.Errorf("%w: no registry was founded or received here", survey.ErrNotFound)
	}
	return nil
}

// readLog finds the last entry and the newest configuration, committed or not, since raft goes by
// the newest.
func (r *remains) readLog(after uint64) error {
	start, err := r.log.FirstIndex()
	if err != nil {
		return err
	}
	last, err := r.log.LastIndex()
	if err != nil {
		return err
	}

	for index := max(start, after+1); index <= last && last > 0; index++ {
		var e raft.Log
		if err := r.log.GetLog(index, &e); err != nil {
			return err
		}
		r.Last = Position{Term: e.Term, Index: e.Index}
		if e.Type == raft.LogConfiguration {
			r.config = raft.DecodeConfiguration(e.Data)
		}
	}
	return nil
}

// Recovering names the nodes that go on after a quorum was lost for ever.
type Recovering struct {
	Dir        string // of the stopped node's registry
	Region     survey.Region
	Key        *identity.Key
	Federation identity.FederationID
	Survivors  []survey.Region            // this one included
	Seen       map[survey.Region]Position // printed by Inspect at each other survivor
	Logger     *slog.Logger
}

// Recover makes the survivors the registry's only voters, on the files of the stopped node in Dir.
// It refuses with survey.ErrInvalid unless this node's log reaches at least as far as that of every
// other survivor. The next start of the survivors elects a leader among them; every other region
// has to rejoin. It writes one configuration and one signed row at the end of the log, which the
// survivors take over as any other entry.
func Recover(o Recovering) (survey.Recovery, error) {
	r, err := openRemains(o.Dir, o.Logger)
	if err != nil {
		return survey.Recovery{}, fmt.Errorf("recover the registry in %s: %w", o.Dir, err)
	}
	recovery, err := r.recover(o)
	if err = errors.Join(err, r.log.Close()); err != nil {
		return survey.Recovery{}, fmt.Errorf("recover the registry in %s: %w", o.Dir, err)
	}
	return recovery, nil
}

func (r *remains) recover(o Recovering) (survey.Recovery, error) {
	servers, err := r.survivors(o)
	if err != nil {
		return survey.Recovery{}, err
	}
	term, err := r.log.GetUint64([]byte(keyCurrentTerm))
	if err != nil && !errors.Is(err, raftlog.ErrKeyNotFound) {
		return survey.Recovery{}, err
	}

	// A term in which nobody was elected: two logs with the same term and index must be the same.
	term = max(term, r.Last.Term) + 1
	for _, seen := range o.Seen {
		term = max(term, seen.Term+1)
	}

	recovery := survey.Recovery{Epoch: r.Epoch + 1, By: o.Region, Survivors: o.Survivors, Index: r.Last.Index,
		Term: r.Last.Term}
	now := time.Now().UnixMilli()
	request := survey.Request{ID: fmt.Sprintf("recover-%d-%d", recovery.Epoch, term)}
	signed := state.SignRow(o.Key, state.Recover(recovery).By(state.Author{Federation: o.Federation,
		Region: o.Region, Request: request, Time: now}))

	// Stored before its entries, so that a crash between the two leaves a valid log.
	if err := r.log.SetUint64([]byte(keyCurrentTerm), term); err != nil {
		return survey.Recovery{}, err
	}
	return recovery, r.log.StoreLogs([]*raft.Log{
		{Index: r.Last.Index + 1, Term: term, Type: raft.LogConfiguration,
			Data: raft.EncodeConfiguration(raft.Configuration{Servers: servers})},
		{Index: r.Last.Index + 2, Term: term, Type: raft.LogCommand, Data: state.EncodeEntry(now, []state.Row{signed})},
	})
}

// survivors checks that this node may go on, and with whom.
func (r *remains) survivors(o Recovering) ([]raft.Server, error) {
	if !slices.Contains(o.Survivors, o.Region) {
		return nil, fmt.Errorf("%w: this node's region %s is not among the survivors", survey.ErrInvalid, o.Region)
	}

	var servers []raft.Server
	for i, region := range o.Survivors {
		at := slices.IndexFunc(r.Members, func(m survey.Member) bool {
			return m.Region == region &&
				m.State == survey.MemberActive
		})
		if at < 0 || slices.Contains(o.Survivors[:i], region) {
			return nil, fmt.Errorf("%w: %s is not an active region, or named twice", survey.ErrInvalid, region)
		}

		m := &r.Members[at]
		// The recovery is signed with this key.
		if region == o.Region && !bytes.Equal(m.Key, o.Key.Public()) {
			return nil, fmt.Errorf("%w: this node's key is not that of %s in its registry", survey.ErrInvalid, region)
		}

		seen, ok := o.Seen[region]
		switch {
		case region == o.Region:
		case !ok:
			return nil, fmt.Errorf("%w: say how far the log of %s reaches: run \"tracker recover\" there",
				survey.ErrInvalid, region)
		case seen.Compare(r.Last) > 0:
			return nil, fmt.Errorf("%w: the log of %s reaches %s, this one %s only: recover there",
				survey.ErrInvalid, region, seen, r.Last)
		}

		servers = append(servers, raft.Server{Suffrage: raft.Voter, ID: serverID(m),
			Address: raft.ServerAddress(region)})
	}
	return servers, nil
}
