package main

import (
	"github.com/ahsn-network/tracker/node/api"
)

// sayWaiting says that a step waits, and for what.
func sayWaiting(c *cli, w api.Waiting) {
	c.say("Proposed: number %d waits for a second region: tracker endorse %d", w.Proposal, w.Proposal)
	if !w.Lapses.IsZero() {
		c.say("It lapses on %s if none consents.", longTime(w.Lapses))
	}
}
