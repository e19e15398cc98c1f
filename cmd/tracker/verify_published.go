package main

import (
	"fmt"

	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// printPublished prints what a verified file says: its figures first.
func printPublished(c *cli, out format, p totals.Published, compared bool) error {
	figures, err := p.National("")
	if err != nil {
		return err
	}
	if out.json {
		return c.printJSON(verdict{Verified: true, KeysCompared: compared, Table: p.Table, Totals: &figures})
	}
	fmt.Fprintf(c.out, "Verified: national totals %s, revision %d, of federation %s\n\n", p.Cycle, p.Revision, p.Federation)
	t := table{right: []int{1}}
	for _, metric := range metrics(p.Definitions, [][]survey.Figure{figures.Figures}, false) {
		for _, f := range figures.Figures {
			if f.Metric == metric {
				t.add(p.Definitions.Label(f.Metric), f.Words(), f.Note())
			}
		}
	}
	if err := t.write(c.out); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "\nResponse: %s eligible, %s responded: %s. %s answers are counted%s\n", groupDigits(int64(p.Counts.Eligible)),
		groupDigits(int64(p.Counts.Responded)), survey.UnitBasisPoints.Amount(figures.ResponseRate), groupDigits(p.Answers), difference(p.Difference))
	fmt.Fprintf(c.out, "The table %s\nfollows from what %d regions signed, and %d co-signed it (%d were needed, says the file).\n\n", p.Table, len(p.Regions), len(p.CoSigned), p.Needed)
	ids := table{header: []string{"REGION", "FIGURES", "CO-SIGNED", "NODE ID"}}
	for _, r := range p.Regions {
		how, cosigned := string(r.How), ""
		if r.How == survey.SettledStands {
			how = "last signed ones stand"
		}
		id := r.NodeID
		for _, s := range p.CoSigned {
			if s.Region == r.Region {
				cosigned, id = "yes", s.NodeID
			}
		}
		ids.add(string(r.Region), how, cosigned, id)
	}
	if err := ids.write(c.out); err != nil {
		return err
	}
	if !compared {
		c.say("The keys were not compared with the federation's list: compare the node ids, or name the list with --peers.")
	}
	return nil
}
