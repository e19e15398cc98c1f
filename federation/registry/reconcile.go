package registry

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/survey"
)

// The raft configuration follows the roster in two pure steps: truth describes the present, and
// truth.next decides about it. The leader then makes this one change and looks again.

// stableFor is how long a follower must have been caught up before it votes.
const stableFor = 10 * time.Second

// truth is the leader's knowledge when it looks.
type truth struct {
	Leader    raft.ServerID
	Members   []survey.Member // the roster
	Servers   []raft.Server   // raft's newest configuration
	Live      map[raft.ServerID]bool
	Caught    map[raft.ServerID]time.Duration // caught up without a break for so long
	MaxVoters int                             // 0: all
}

type changeKind string

const (
	changeRemove   changeKind = "remove"
	changeAdd      changeKind = "add"
	changePromote  changeKind = "promote"
	changeDemote   changeKind = "demote"
	changeTransfer changeKind = "hand over" // leadership, before the leader itself changes
)

// change is one step of raft's configuration towards the roster. Note says why a due step waits,
// for the people who wait for it.
type change struct {
	Kind   changeKind
	ID     raft.ServerID
	Region survey.Region
	Note   string
}

func (c change) String() string {
	if c.Kind == "" {
		return c.Note
	}
	return fmt.Sprintf("%s %s", c.Kind, c.ID)
}

// next returns the one change to make now; its Kind is empty when there is
// nothing to do, or when doing it would cost the quorum.
func (t truth) next() change {
	var note string
	// In this order: a region's old generation leaves before its new one enters.
	for _, due := range []func() []change{t.gone, t.missing, t.excess, t.ready} {
		for _, c := range due() {
			if why := t.dangerous(c); why != "" {
				if note == "" {
					note = fmt.Sprintf("to %s %s waits: %s", c.Kind, c.ID, why)
				}
				continue
			}
			// The next leader makes the change that would cost this one its place.
			if c.ID == t.Leader && c.Kind != changePromote {
				c.Kind = changeTransfer
			}
			return c
		}
	}
	return change{Note: note}
}

// gone are servers that the roster does not have, or not in this generation.
func (t truth) gone() (out []change) {
	for _, s := range t.Servers {
		region, generation := splitServerID(s.ID)
		m := t.member(region)
		if m == nil || m.State == survey.MemberRemoved || m.Generation > generation {
			out = append(out, change{Kind: changeRemove, ID: s.ID, Region: region})
		}
	}
	return out
}

// missing are members that raft does not know. Their old generation goes first.
func (t truth) missing() (out []change) {
	for i := range t.Members {
		m := &t.Members[i]
		if m.State == survey.MemberRemoved || slices.ContainsFunc(t.Servers, func(s raft.Server) bool {
			region, _ := splitServerID(s.ID)
			return region == m.Region
		}) {
			continue
		}
		out = append(out, change{Kind: changeAdd, ID: serverID(m), Region: m.Region})
	}
	return out
}

// excess are voters that should not vote: observers, suspended regions, and
// those beyond the cap. Unresponsive ones go first, then the last in the roster's
// order, the leader at the very end.
func (t truth) excess() (out []change) {
	var entitled []change
	for _, s := range t.Servers {
		if s.Suffrage != raft.Voter {
			continue
		}
		region, _ := splitServerID(s.ID)
		c := change{Kind: changeDemote, ID: s.ID, Region: region}
		if !t.mayVote(region) {
			out = append(out, c)
			continue
		}
		entitled = append(entitled, c)
	}

	over := len(entitled) - t.MaxVoters
	if t.MaxVoters == 0 || over <= 0 {
		return out
	}

	// The first ones lose their vote.
	slices.SortStableFunc(entitled, func(a, b change) int {
		rank := func(c change) int {
			switch {
			case c.ID == t.Leader:
				return 2
			case t.Live[c.ID]:
				return 1
			}
			return 0
		}
		return cmp.Or(rank(a)-rank(b), cmp.Compare(b.Region, a.Region))
	})

	return append(out, entitled[:over]...)
}

// ready are followers that should vote and have been caught up long enough.
func (t truth) ready() (out []change) {
	voters := 0
	for _, s := range t.Servers {
		if s.Suffrage == raft.Voter {
			voters++
		}
	}
	for _, s := range t.Servers {
		region, _ := splitServerID(s.ID)
		if s.Suffrage == raft.Voter || !t.mayVote(region) || t.MaxVoters > 0 && voters >= t.MaxVoters {
			continue
		}
		if t.Caught[s.ID] >= stableFor {
			out = append(out, change{Kind: changePromote, ID: s.ID, Region: region})
		}
	}
	return out
}

// dangerous says why the change would cost the quorum, "" if it would not: the
// voters that answer must be a majority after it, too.
func (t truth) dangerous(c change) string {
	voters, live := 0, 0
	for _, s := range t.Servers {
		if s.Suffrage != raft.Voter || s.ID == c.ID {
			continue
		}
		voters++
		if t.Live[s.ID] {
			live++
		}
	}

	// It counts from the change on, answering or not.
	if c.Kind == changePromote {
		voters++
		if t.Live[c.ID] {
			live++
		}
	}

	if voters == 0 {
		return "nobody would vote"
	}
	if needed := voters/2 + 1; live < needed {
		return fmt.Sprintf("%d of %d voters would answer, %d are needed", live, voters, needed)
	}
	return ""
}

func (t truth) mayVote(region survey.Region) bool {
	m := t.member(region)
	return m != nil && m.Role == survey.RoleVoter && m.State == survey.MemberActive
}

func (t truth) member(region survey.Region) *survey.Member {
	i := slices.IndexFunc(t.Members, func(m survey.Member) bool { return m.Region == region })
	if i < 0 {
		return nil
	}
	return &t.Members[i]
}
