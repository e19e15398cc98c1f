package survey

import "fmt"

// Shortage returns, without a full stop, the reason why nothing could be decided. Regions count as
// reachable if they were heard of lately: when those would be enough, some of them have just gone,
// or no longer hear this node.
func (q Quorum) Shortage() string {
	if q.Reachable < q.Needed {
		return fmt.Sprintf("%d of %d AHSNs must be reachable for this, and %d are", q.Needed, q.Voters, q.Reachable)
	}
	return fmt.Sprintf("%d of %d AHSNs must answer for this, and too few did, although %d were heard of lately: "+
		"some may just have gone, or this node was cut off or removed",
		q.Needed, q.Voters, q.Reachable)
}
