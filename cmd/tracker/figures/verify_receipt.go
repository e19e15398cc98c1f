package figures

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/receipt"
)

func printReceipt(c *cli.Invocation, r *receipt.Receipt, compared bool) error {
	t := cli.Table{}
	t.Add("verified", fmt.Sprintf("number %d of federation %s", r.Number, r.Federation))
	t.Add("asked by", fmt.Sprintf("%s (%s), outcome %s", r.Region, r.Command, r.Outcome))
	if r.Claim != nil {
		t.Add("company", fmt.Sprintf("%s in %s", r.Claim.Organisation, r.Claim.Cycle))
		state := string(r.Claim.State)
		if r.Claim.Region != "" {
			state += ", held by " + string(r.Claim.Region) + " since " + cli.LongTime(r.Claim.ClaimedAt)
		}
		t.Add("claim", fmt.Sprintf("%s, token %d, changed %s", state, r.Claim.Token, cli.LongTime(r.Claim.ChangedAt)))
	}
	if r.Step != nil {
		t.Add("step", r.Step.String())
	}
	size := strings.SplitN(r.Checkpoint, "\n", 3)[1]
	t.Add("place", fmt.Sprintf("row %d of the %s that %s's node signed", r.Leaf+1, size, r.Witness))
	t.Add("key of "+string(r.Region), identity.NodeID(r.Key))
	if r.Witness != r.Region {
		t.Add("key of "+string(r.Witness), identity.NodeID(r.WitnessKey))
	}
	if !compared {
		c.Say("The keys were not compared with the federation's list: compare the node ids, or name the list with --peers.")
	}
	return t.Write(c.Data)
}
