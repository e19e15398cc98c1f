package federation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// damagedDir keeps a copy of the registry that differed from the others', for a person who looks
// for the cause. Nothing reads it. While it is there the node's status names it.
const damagedDir = "raft.damaged"

// A copy that differs again and again is the fault of a program or of a disk, which a new copy does
// not mend: after maxResyncs times within resyncSpan the node stays out of service until a person
// has looked at it.
const (
	maxResyncs = 3
	resyncSpan = 24 * time.Hour
)

// Divergence is one time that this node's copy of the registry was found to
// differ from what most regions have.
type Divergence struct {
	At         time.Time `json:"at"`
	Number     uint64    `json:"number"` // the registry's own number that the copy had reached
	Generation uint64    `json:"generation"`
}

// resync makes this node's copy of the registry anew when it left service
// because it differs: the next start, which Anew asks for, sets the files aside
// and enters under the next generation.
func (f *Federation) resync(ctx context.Context) {
	select {
	case <-f.registry.Stopped():
	case <-ctx.Done():
		return
	}

	if !f.registry.Status().OutOfService || f.fence.reason() != "" {
		return
	}

	// A fault that comes back needs a person.
	now := time.Now().UTC()
	again := slices.DeleteFunc(slices.Clone(f.peers.now().Divergences),
		func(d Divergence) bool { return now.Sub(d.At) > resyncSpan })
	if len(again) >= maxResyncs {
		f.log.Error("this node's copy of the registry differs again and again, and is not made anew any more: "+
			"look for the cause in its disk and its version, then stop it and run \"tracker rejoin\"", "times", len(again)+1)
		return
	}

	err := f.peers.change(func(p *Peers) {
		p.Rejoin = true
		p.Divergences = append(again, Divergence{At: now, Number: f.registry.Number(), Generation: p.Generation})
	})

	if err != nil {
		f.log.Error("this node's copy of the registry cannot be made anew", "error", err)
		return
	}
	f.log.Error("this node's copy of the registry differs from most others': it is set aside, and this node enters again",
		"kept in", filepath.Join(f.options.Dir, damagedDir))
	close(f.anew)
}

// setDamagedAside takes the files of a copy that differed out of use, before
// the registry is opened.
func (f *Federation) setDamagedAside() error {
	damaged := filepath.Join(f.options.Dir, damagedDir)
	if err := os.RemoveAll(damaged); err != nil {
		return fmt.Errorf("set the damaged registry aside: %w", err)
	}
	if err := os.Rename(f.registryDir(), damaged); err != nil {
		return fmt.Errorf("set the damaged registry aside: %w", err)
	}
	return f.peers.change(func(p *Peers) { p.Number, p.Founder = 0, "" })
}

// recovered returns a message about a copy that was made anew, as long as the damaged one is kept.
func (f *Federation) recovered() []string {
	divergences := f.peers.now().Divergences
	_, err := os.Stat(filepath.Join(f.options.Dir, damagedDir))
	if errors.Is(err, fs.ErrNotExist) || len(divergences) == 0 {
		return nil
	}

	last := divergences[len(divergences)-1]
	return []string{fmt.Sprintf("on %s this node's copy of the registry differed from most others' at number %d "+
		"and was made anew: a fault of a disk or of a program, or tampering. The damaged copy is in %s: "+
		"keep a copy of it for the search for the cause; this message goes when it is removed",
		last.At.Format("2 January 2006 at 15:04 UTC"), last.Number, damagedDir)}
}
