package node

import "github.com/ahsn-network/tracker/store/survey"

// Watch returns a channel that is closed when this node next holds another
// region's, or its own, newer figures.
func (f figures) Watch() <-chan struct{} { return f.totals.Watch() }

// NewestSummaries returns what this node holds of each region and cycle.
func (f figures) NewestSummaries() []survey.SummaryHead { return f.totals.NewestSummaries() }
