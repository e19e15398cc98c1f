package gossip

import (
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// aliveFor bounds how long a member counts as alive after it was last heard:
	// three beacons.
	aliveFor = 12 * time.Second
	// doubtAfter bounds how long it counts as alive after memberlist declared it dead.
	doubtAfter = 6 * time.Second
	// skewSamples is the number of beacons from which the skew is taken, the last ones.
	skewSamples = 8
)

// contact is this node's knowledge of one member. It is kept when the member falls silent.
type contact struct {
	lastHeard time.Time
	left      bool
	sentAt    int64 // of the newest metadata, by the member's clock
	meta      Meta
	skews     []time.Duration // the member's clock ahead of ours, at most skewSamples
}

func (g *Gossip) contact(region survey.Region) *contact {
	c, ok := g.contacts[region]
	if !ok {
		c = &contact{}
		g.contacts[region] = c
	}
	return c
}

// silent reports whether the member was not heard for so long that the
// connection to it is suspect too.
func (g *Gossip) silent(region survey.Region) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Since(g.contact(region).lastHeard) > aliveFor
}

// heardFrame is called for each frame from an authenticated member. It returns false if the member
// has left, so that the connection is to be closed.
func (g *Gossip) heardFrame(from survey.Region, kind frameType, payload []byte) bool {
	var b beacon
	if kind == frameBeacon {
		var err error
		if b, err = g.codec.unmarshal(payload, g.options.Federation); err != nil {
			g.log.Warn("gossip refused a beacon", "peer", from, "error", err)
			return false
		}
	}

	now := time.Now()
	g.mu.Lock()
	c := g.contact(from)
	silent := c.left || now.Sub(c.lastHeard) > aliveFor
	c.lastHeard, c.left = now, b.Leaving
	if kind == frameBeacon {
		c.meta, c.sentAt = b.Meta, b.SentAt
		c.skews = append(c.skews, b.sentAt().Sub(now))
		c.skews = c.skews[max(0, len(c.skews)-skewSamples):]
		g.pending[heardFrom{from, true}] = b.Meta
	}
	g.mu.Unlock()

	if kind == frameBeacon {
		signal(g.news)
	}

	// It can be reached again: answer at once, and let memberlist know.
	if silent && !b.Leaving {
		g.transport.reachable(from)
		signal(g.announce)
		signal(g.missing)
	}

	return !b.Leaving
}

// heardOf notes a member's metadata that came through others.
func (g *Gossip) heardOf(region survey.Region, data []byte) {
	b, err := g.codec.unmarshal(data, g.options.Federation)
	if err != nil || region == g.options.Region {
		return
	}

	// A beacon of the member itself may be newer.
	g.mu.Lock()
	c := g.contact(region)
	newer := b.SentAt > c.sentAt
	if newer {
		c.meta, c.sentAt = b.Meta, b.SentAt
		g.pending[heardFrom{region, false}] = b.Meta
	}
	g.mu.Unlock()

	if newer {
		signal(g.news)
	}
}

// Health returns the last known state of every member of the roster, this node included, alive or
// not. LastHeard is the time when this node last heard the member itself, by this node's clock;
// zero if it did not since it started. It does not block.
func (g *Gossip) Health() map[survey.Region]survey.MemberHealth {
	listed := g.listed()
	now := time.Now()
	roster := *g.roster.Load()
	out := make(map[survey.Region]survey.MemberHealth, len(roster))

	g.mu.Lock()
	defer g.mu.Unlock()
	for region := range roster {
		if region == g.options.Region {
			out[region] = survey.MemberHealth{Alive: true, LastHeard: now, Address: g.meta.Address,
				Version: g.meta.Version, Index: g.meta.Index}
			continue
		}
		c := g.contacts[region]
		if c == nil {
			out[region] = survey.MemberHealth{}
			continue
		}

		// A rumour that a member is dead counts only after some silence.
		age := now.Sub(c.lastHeard)
		out[region] = survey.MemberHealth{
			Alive:     !c.left && age <= aliveFor && (listed[region] || age <= doubtAfter),
			LastHeard: c.lastHeard,
			Address:   c.meta.Address,
			Version:   c.meta.Version,
			Index:     c.meta.Index,
		}
	}
	return out
}

// Skew returns how far the clock of each member that was heard is ahead of this node's (negative:
// behind). A beacon's time under way makes the difference too small, so that the largest of the
// last few counts.
func (g *Gossip) Skew() map[survey.Region]time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make(map[survey.Region]time.Duration)
	for region, c := range g.contacts {
		for i, skew := range c.skews {
			if i == 0 || skew > out[region] {
				out[region] = skew
			}
		}
	}
	return out
}
