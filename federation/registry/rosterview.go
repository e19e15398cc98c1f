package registry

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Invitation returns the invitation whose secret has the hash, or an error
// wrapping survey.ErrNotFound.
func (r *Registry) Invitation(hash [sha256.Size]byte) (survey.Invitation, error) {
	i := first[inviteRow](r.machine.view().txn, tableInvites, byKey, string(hash[:]))
	if i == nil {
		return survey.Invitation{}, fmt.Errorf("invitation: %w", survey.ErrNotFound)
	}
	return i.survey(), nil
}

func (i *inviteRow) survey() survey.Invitation {
	return survey.Invitation{Region: i.Region, Role: i.Role, By: i.By, At: instant(i.At), Expires: instant(i.Expires), Used: i.Key != nil}
}

// Invitations returns every invitation that is still remembered, used ones
// included, newest first.
func (r *Registry) Invitations() []survey.Invitation {
	var out []survey.Invitation
	from(r.machine.view().txn, tableInvites, byKey, "", func(i *inviteRow) bool {
		out = append(out, i.survey())
		return true
	})
	slices.SortFunc(out, func(a, b survey.Invitation) int { return b.At.Compare(a.At) })
	return out
}

// Proposals returns what was proposed, newest first, as far as it is
// remembered.
func (r *Registry) Proposals() []survey.Proposal {
	v := r.machine.view()
	clock := v.federation().Clock
	var out []survey.Proposal
	from(v.txn, tableProposals, byKey, "", func(p *proposalRow) bool {
		shown := survey.Proposal{NewProposal: p.What, Number: p.Number, By: p.By, At: instant(p.At), Lapses: instant(p.At + proposalLife),
			State: survey.ProposalOpen, EndorsedBy: p.EndorsedBy}
		switch {
		case p.Done:
			shown.State, shown.EndorsedAt = survey.ProposalDone, instant(p.EndorsedAt)
		case p.lapsed(clock):
			shown.State = survey.ProposalLapsed
		}
		out = append(out, shown)
		return true
	})
	slices.Reverse(out)
	return out
}

// RegionStanding is what the federation decided about a region beyond its row of the
// roster.
type RegionStanding struct {
	Names     []survey.RegionName // given since the licence, oldest first
	Successor survey.Region
	Reason    survey.ReasonCode // of the newest decision about it
	Sponsor   survey.Region     // that records for it, or did
	Joined    bool              // it has, or had, a node of its own
	JoinedAt  time.Time         // by the registry's clock; zero: not since it was licensed
	Received  bool              // and took over what its sponsor had recorded
}

// RegionStanding returns the region's, the zero value if nothing was decided.
func (r *Registry) RegionStanding(region survey.Region) RegionStanding {
	v := r.machine.view()
	s := v.standing(region)
	standing := RegionStanding{Names: s.Names, Successor: s.Successor, Reason: s.Reason, Sponsor: s.Sponsor,
		Joined: s.Joined != 0 || v.member(region) != nil, Received: s.Received != 0}
	if s.Joined != 0 {
		standing.JoinedAt = instant(s.Joined)
	}
	return standing
}

// Sponsored returns the regions without a node of their own that others record
// for, in the order of their codes.
func (r *Registry) Sponsored() []survey.Region {
	v := r.machine.view()
	var out []survey.Region
	from(v.txn, tableStandings, byKey, "", func(s *standingRow) bool {
		if s.Sponsor != "" && v.member(s.Region) == nil {
			out = append(out, s.Region)
		}
		return true
	})
	return out
}

// RegionName returns the region's name on the day (YYYY-MM-DD): the one that it
// took since, or the licence's.
func (r *Registry) RegionName(region survey.Region, day string) string {
	name := region.NameOn(day)
	for _, n := range r.machine.view().standing(region).Names {
		if n.From <= day {
			name = n.Name
		}
	}
	return name
}

// Epoch returns how often the registry went on after a lost quorum, and
// Recoveries each time it did, oldest first.
func (r *Registry) Epoch() uint64 { return r.machine.view().federation().Epoch }

// Recoveries returns the permanent entries about lost quorums, oldest first.
func (r *Registry) Recoveries() []survey.Recovery { return r.machine.view().recoveries() }

// MaxVoters returns how many regions may vote, 0 for all.
func (r *Registry) MaxVoters() int { return r.machine.view().federation().MaxVoters }

// Banned reports whether the key was taken out of the roster.
func (r *Registry) Banned(key ed25519.PublicKey) bool {
	refusal := r.machine.view().keyTaken(key)
	return refusal != nil && refusal.Code == survey.RefusedKeyRemoved
}

// Waiting says why raft's configuration does not follow the roster yet, "" if
// it does or if another node leads.
func (r *Registry) Waiting() string {
	if note := r.reconciler.pending.Load(); note != nil {
		return *note
	}
	return ""
}

// Voting returns the regions that vote and those that only follow, as raft's
// newest configuration here has them, by their newest generation.
func (r *Registry) Voting() (voters, followers []survey.Region) {
	v, o := r.servers()
	for _, s := range v {
		voters = append(voters, survey.Region(s.Address))
	}
	for _, s := range o {
		followers = append(followers, survey.Region(s.Address))
	}
	return voters, followers
}
