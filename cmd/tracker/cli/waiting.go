package cli

import (
	"github.com/ahsn-network/tracker/node/api"
)

// SayWaiting says that a step waits, and for what.
func SayWaiting(c *Invocation, w api.Waiting) {
	c.Say("Proposed: number %d waits for a second region: tracker endorse %d", w.Proposal, w.Proposal)
	if !w.Lapses.IsZero() {
		c.Say("It lapses on %s if none consents.", LongTime(w.Lapses))
	}
}
