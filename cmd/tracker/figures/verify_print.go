package figures

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/receipt"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

const keysNotCompared = "The keys were not compared with the federation's list: " +
	"compare the node ids, or name the list with --peers."

// printPublished prints what a verified file says, figures first.
func printPublished(c *cli.Invocation, out cli.Format, p totals.Published, compared bool) error {
	figures, err := p.National("")
	if err != nil {
		return err
	}
	if out.JSON {
		return c.PrintJSON(verdict{Verified: true, KeysCompared: compared, Table: p.Table, Totals: &figures})
	}

	fmt.Fprintf(c.Data, "Verified: national totals %s, revision %d, of federation %s\n\n",
		p.Cycle, p.Revision, p.Federation)
	t := cli.Table{Right: []int{1}}
	for _, f := range shown(p.Definitions, figures.Figures, false) {
		t.Add(p.Definitions.Label(f.Metric), f.Words(), f.Note())
	}
	if err := t.Write(c.Data); err != nil {
		return err
	}

	fmt.Fprintf(c.Data, "\nResponse: %s eligible, %s responded: %s. %s answers are counted%s\n",
		cli.Digits(p.Counts.Eligible), cli.Digits(p.Counts.Responded), survey.UnitBasisPoints.Amount(figures.ResponseRate),
		cli.Digits(p.Answers), difference(p.Difference))
	fmt.Fprintf(c.Data, "The table %s\nfollows from what %d regions signed, and %d co-signed it "+
		"(%d were needed, says the file).\n\n",
		p.Table, len(p.Regions), len(p.CoSigned), p.Needed)

	ids := cli.Table{Header: []string{"REGION", "FIGURES", "CO-SIGNED", "NODE ID"}}
	for _, r := range p.Regions {
		how, cosigned := string(r.How), ""
		if r.How == survey.SettledStands {
			how = "last signed ones stand"
		}
		id := r.NodeID
		// The key that co-signed is the newer one, if the region replaced its key in between.
		for _, s := range p.CoSigned {
			if s.Region == r.Region {
				cosigned, id = "yes", s.NodeID
			}
		}
		ids.Add(string(r.Region), how, cosigned, id)
	}
	if err := ids.Write(c.Data); err != nil {
		return err
	}

	if !compared {
		c.Say(keysNotCompared)
	}
	return nil
}

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

	// A receipt is about a claim or about a step that binds the nation.
	if r.Step != nil {
		t.Add("step", r.Step.String())
	}

	// The checkpoint's second line is the size of the tree.
	size := strings.SplitN(r.Checkpoint, "\n", 3)[1]
	t.Add("place", fmt.Sprintf("row %d of the %s that %s's node signed", r.Leaf+1, size, r.Witness))
	t.Add("key of "+string(r.Region), identity.NodeID(r.Key))
	if r.Witness != r.Region {
		t.Add("key of "+string(r.Witness), identity.NodeID(r.WitnessKey))
	}

	if !compared {
		c.Say(keysNotCompared)
	}
	return t.Write(c.Data)
}
