package survey

import "fmt"

// Shortage says, without a full stop, why nothing could be decided. The regions
// that are counted as reachable are those heard of lately: when they would be
// enough, some of them have just gone, or hear this node no more.
func (q Quorum) Shortage() string {
	if q.Reachable < q.Needed {
		return fmt.Sprintf("%d of %d AHSNs must be reachable for this, and %d are", q.Needed, q.Voters, q.Reachable)
	}
	return fmt.Sprintf("%d of %d AHSNs must answer for this, and too few did, although %d were heard of lately: "+
		"some may just have gone, or this node was cut off or removed",
		q.Needed, q.Voters, q.Reachable)
}
