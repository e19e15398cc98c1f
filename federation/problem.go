package federation

import (
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// skewAlarm is from when on a clock's difference is told.
const skewAlarm = 5 * time.Second

// Problems are sentences for people about this node's place in the federation, the most urgent
// first. It waits for no other node.
func (f *Federation) Problems() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	doubled, epoch := f.duplicates.known(f.options.Region, time.Now())
	slices.Sort(doubled)
	for _, region := range doubled {
		if region == f.options.Region {
			say("this node's key runs twice: its directory was copied, and both copies are started. " +
				"Stop one of them now, for good, and change the key (tracker region rotate-key)")
			continue
		}
		say("the key of %s runs twice: its directory was copied, and both copies are started. Tell its administrators", region)
	}
	self, listed := f.registry.Member(f.options.Region)
	out = append(out, f.divergence()...)
	if why := f.fence.reason(); why != "" {
		say("%s", why)
	}
	switch {
	case epoch > f.registry.Epoch():
		say("the other regions went on without this node after a lost quorum (epoch %d): "+
			"stop it and run \"tracker rejoin\"; its records stay as they are", epoch)
	case listed && self.State == survey.MemberRemoved:
		say("this region was removed from the federation: nothing from this node is accepted any more")
	case listed && self.Generation > f.peers.now().Generation:
		say("another copy of this node entered the federation as generation %d: this one does not take part any more; "+
			"if it should, stop the other and run \"tracker rejoin\"", self.Generation)
	case listed && self.State == survey.MemberSuspended:
		say("this region is suspended: it follows, and cannot claim or change anything that binds the others")
	}

	// The registry here may not know that this region was removed.
	if away, others := f.turnedAway(); 2*away > others {
		say("%d of the %d other nodes do not take this node's key: this region was removed from the federation "+
			"or given another key, and the news did not reach this node. Its records stay as they are. "+
			"Ask another region's administrators", away, others)
	}
	if note := f.registry.Waiting(); note != "" {
		say("the registry's configuration waits: %s", note)
	}

	for region, skew := range f.gossip.Skew() {
		if skew.Abs() > skewAlarm {
			say("the clock of %s differs from this one's by %s", region, skew.Abs().Round(time.Second))
		}
	}

	for _, disputed := range f.Certification().disputes() {
		say("regions derived different national tables of %s: it cannot be certified until they agree", disputed)
	}

	// The region's own proposals, and those about it, are not for it to endorse.
	for _, p := range f.registry.Proposals() {
		ours := p.By == f.options.Region || p.Region == f.options.Region
		if p.State == survey.ProposalOpen && !ours && len(out) < maxProblems {
			say("%s proposes %s: \"tracker endorse %d\" makes it so, until %s", p.By, proposed(p), p.Number,
				p.Lapses.Format("2 January 2006"))
		}
	}
	return out
}

// turnedAway returns how many nodes refused this node's key when it last dialed them, and how many
// others there are.
func (f *Federation) turnedAway() (away, others int) {
	if f.port == nil {
		return 0, 0
	}

	refused := f.port.TurnedAway()
	for _, m := range f.registry.Members() {
		if m.Region == f.options.Region || m.State == survey.MemberRemoved || m.State == survey.MemberSponsored {
			continue
		}
		others++
		if slices.Contains(refused, m.Region) {
			away++
		}
	}
	return away, others
}

// maxProblems bounds the list.
const maxProblems = 20

// divergence says which copies of the registry are not alike.
func (f *Federation) divergence() []string {
	past := f.recovered()
	switch status := f.registry.Status(); {
	case status.OutOfService:
		return append(past,
			"this node's copy of the registry differs from most others': it is out of service and is made anew by itself. "+
				"If it still is after some minutes, keep a copy of its directory for the search for the cause, "+
				"then stop it and run \"tracker rejoin\"; its records stay as they are")
	case len(status.Differing) > 0:
		return append(past,
			fmt.Sprintf("the copies of the registry at %v differ from this node's: a fault of a disk or of a program, "+
				"or tampering. Tell their administrators, and compare versions", status.Differing))
	}
	return past
}
