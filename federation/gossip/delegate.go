package gossip

import (
	"fmt"

	"github.com/hashicorp/memberlist"

	"github.com/ahsn-network/tracker/store/survey"
)

// delegate answers memberlist's questions and hears its events. memberlist calls most of these
// methods under its own lock, so none of them waits for anything.
type delegate struct{ g *Gossip }

// NodeMeta returns this node's beacon: at most 512 bytes, memberlist's limit.
func (d delegate) NodeMeta(limit int) []byte {
	data, err := d.g.marshal(false)
	if err != nil || len(data) > limit {
		return nil
	}
	return data
}

// NotifyAlive vetoes names that are not in the roster, so that they take no
// memory; addresses other than the name's placeholder, which would be reported
// as conflicts; and protocol versions that would make every later exchange of
// states fail.
func (d delegate) NotifyAlive(n *memberlist.Node) error {
	region := survey.Region(n.Name)
	if region != d.g.options.Region && !d.g.member(region) {
		return fmt.Errorf("%.40q is not in the roster", n.Name)
	}

	if !n.Addr.Equal(placeholder(region)) || n.Port != placeholderPort {
		return fmt.Errorf("%s does not have the address %s", region, n.Addr)
	}

	if n.PMin > memberlist.ProtocolVersion2Compatible || n.PMax < memberlist.ProtocolVersion2Compatible ||
		n.DMin > 1 || n.DMax < 1 || len(n.Meta) > maxBeaconBytes {
		return fmt.Errorf("%s says what no node says", region)
	}
	return nil
}

// NotifyMerge refuses a state that consists of strangers. A few are normal, because two nodes may
// be at different points of the roster's history.
func (d delegate) NotifyMerge(nodes []*memberlist.Node) error {
	strangers := 0
	for _, n := range nodes {
		if !d.g.member(survey.Region(n.Name)) {
			strangers++
		}
	}
	if strangers > maxStrangers {
		return fmt.Errorf("%d names are not in the roster", strangers)
	}
	return nil
}

// NotifyJoin notes a member's metadata that came through others.
func (d delegate) NotifyJoin(n *memberlist.Node) { d.g.heardOf(survey.Region(n.Name), n.Meta) }

// NotifyUpdate is NotifyJoin for a member that was there already.
func (d delegate) NotifyUpdate(n *memberlist.Node) { d.NotifyJoin(n) }

// NotifyLeave changes nothing: Health asks memberlist for its list, and a member that leaves tells
// everyone itself.
func (d delegate) NotifyLeave(*memberlist.Node) {}

// The rest of memberlist.Delegate is for messages of other kinds; this package has none.

func (d delegate) NotifyMsg([]byte)                {}
func (d delegate) GetBroadcasts(int, int) [][]byte { return nil }
func (d delegate) LocalState(bool) []byte          { return nil }
func (d delegate) MergeRemoteState([]byte, bool)   {}
