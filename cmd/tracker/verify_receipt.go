package main

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry"
)

func printReceipt(c *cli, r *registry.Receipt, compared bool) error {
	t := table{}
	t.add("verified", fmt.Sprintf("number %d of federation %s", r.Number, r.Federation))
	t.add("asked by", fmt.Sprintf("%s (%s), outcome %s", r.Region, r.Command, r.Outcome))
	if r.Claim != nil {
		t.add("company", fmt.Sprintf("%s in %s", r.Claim.Organisation, r.Claim.Cycle))
		state := string(r.Claim.State)
		if r.Claim.Region != "" {
			state += ", held by " + string(r.Claim.Region) + " since " + longTime(r.Claim.ClaimedAt)
		}
		t.add("claim", fmt.Sprintf("%s, token %d, changed %s", state, r.Claim.Token, longTime(r.Claim.ChangedAt)))
	}
	if r.Step != nil {
		t.add("step", r.Step.String())
	}
	size := strings.SplitN(r.Checkpoint, "\n", 3)[1]
	t.add("place", fmt.Sprintf("row %d of the %s that %s's node signed", r.Leaf+1, size, r.Witness))
	t.add("key of "+string(r.Region), identity.NodeID(r.Key))
	if r.Witness != r.Region {
		t.add("key of "+string(r.Witness), identity.NodeID(r.WitnessKey))
	}
	if !compared {
		c.say("The keys were not compared with the federation's list: compare the node ids, or name the list with --peers.")
	}
	return t.write(c.out)
}
