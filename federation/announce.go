package federation

import (
	"context"
	"time"

	"github.com/ahsn-network/tracker/federation/gossip"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxAnnounceAge is how old the registry number may be that this node tells the
// others. New summaries are told at once.
const maxAnnounceAge = 2 * time.Second

// headsInGossip is how many heads gossip carries. The vector exchange has the rest.
const headsInGossip = 4

// announceSoon wakes the announcer; it never blocks.
func (f *Federation) announceSoon() {
	select {
	case f.announce <- struct{}{}:
	default:
	}
}

// announcing tells the other nodes the news of this one.
func (f *Federation) announcing(ctx context.Context) {
	ticker := time.NewTicker(maxAnnounceAge)
	defer ticker.Stop()
	var told uint64
	for {
		news := true
		select {
		case <-f.announce:
		case <-ticker.C:
			news = f.registry.Number() != told
		case <-ctx.Done():
			return
		}

		// An unchanged number would only cost the others bandwidth.
		if news {
			meta := f.meta()
			told = meta.Index
			f.gossip.Announce(meta)
		}
	}
}

// meta returns what this node says about itself.
func (f *Federation) meta() gossip.Meta {
	meta := gossip.Meta{Version: f.options.Version, FeatureLevel: state.FeatureLevel}
	meta.Index, meta.Root = f.registry.Digest()
	if self, ok := f.roster.Member(f.options.Region); ok {
		meta.Address = self.Address
	}

	for i, head := range f.totals.Heads() {
		if i == headsInGossip {
			break
		}
		meta.Heads = append(meta.Heads, gossip.Head(head))
	}
	return meta
}

// heard hands what a member says about itself to the totals. News that come before they are open
// come again with the next beacon.
func (f *Federation) heard(region survey.Region, meta gossip.Meta, direct bool) {
	select {
	case <-f.opened:
	default:
		return
	}

	heads := make([]totals.Head, len(meta.Heads))
	for i, head := range meta.Heads {
		heads[i] = totals.Head(head)
	}

	f.totals.Heard(region, heads, time.Now(), direct)
	f.registry.HeardDigest(region, meta.Index, meta.Root)
	f.levels.heard(region, meta.FeatureLevel)
}

// alive returns the other regions that gossip believes reachable.
func (f *Federation) alive() []survey.Region {
	var regions []survey.Region
	health := f.gossip.Health()
	for _, m := range f.roster.Members() {
		if m.Region != f.options.Region && health[m.Region].Alive {
			regions = append(regions, m.Region)
		}
	}
	return regions
}
