package figures

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// printCertification prints the newest revision region by region, one line for each earlier
// revision, and what to do next.
func printCertification(c *cli.Invocation, s api.Certification) error {
	fmt.Fprintf(c.Data, "Figures of %s: the campaign is %s\n", s.Cycle, s.State)
	for i, r := range s.Revisions {
		title := fmt.Sprintf("Revision %d, %s", r.Revision, revisionState(r))
		if r.Reason != "" {
			title += fmt.Sprintf(" (opened for: %s)", r.Reason)
		}
		fmt.Fprintf(c.Data, "\n%s\n", title)
		if i < len(s.Revisions)-1 {
			fmt.Fprintf(c.Data, "Table %s\n", r.Table)
		} else if err := printRevision(c, r); err != nil {
			return err
		}
	}

	if len(s.Next) > 0 {
		fmt.Fprintln(c.Data, "\nNext:")
		for _, next := range s.Next {
			fmt.Fprintf(c.Data, "  %s\n", cli.Printable(next))
		}
	}
	return nil
}

// settledWords are the words for how a region's figures came into a revision.
var settledWords = map[survey.SettledHow]string{
	survey.SettledSigned: "signed off", survey.SettledStands: "last ones stand", survey.SettledAbsent: "absent"}

func revisionState(r api.RevisionStatus) string {
	switch r.State {
	case survey.RevisionCollecting:
		return fmt.Sprintf("%d of %d regions settled", len(r.Settled), len(r.Regions))
	case survey.RevisionSigned:
		return fmt.Sprintf("every region settled, %d of %d co-signatures needed", len(r.CoSigned), r.Needed)
	case survey.RevisionDisputed:
		return "disputed: regions derived different tables"
	}
	return "certified " + cli.LongTime(r.CertifiedAt)
}

func printRevision(c *cli.Invocation, r api.RevisionStatus) error {
	t := cli.Table{Header: []string{"REGION", "FIGURES", "WHY", "BY", "SETTLED", "CO-SIGNED"}}
	cosigned := map[survey.Region]string{}
	for _, co := range r.CoSigned {
		cosigned[co.Region] = "yes"
		if !co.Agrees {
			cosigned[co.Region] = fmt.Sprintf("another table: %.16s", co.Table)
		}
	}

	parts := map[survey.Region]api.SettledPart{}
	for _, p := range r.Settled {
		parts[p.Region] = p
	}

	for _, region := range r.Regions {
		p, settled := parts[region]
		how := "missing"
		if settled {
			how = settledWords[p.How]
		}
		by := survey.List([]survey.Region{p.By, p.EndorsedBy})
		t.Add(string(region), how, string(p.Reason), strings.Trim(by, ", "), cli.LongTime(p.At), cosigned[region])
	}
	if err := t.Write(c.Data); err != nil {
		return err
	}

	// Only a settled revision has a table to compare with this node's own.
	switch {
	case r.State == survey.RevisionCollecting:
	case r.Here.Problem != "":
		fmt.Fprintf(c.Data, "Here: %s\n", cli.Printable(r.Here.Problem))
	case r.Here.Agrees:
		fmt.Fprintf(c.Data, "Table %s: this node derived the same from the registry alone\n", r.Here.Table)
	default:
		fmt.Fprintf(c.Data, "Table %s follows here: NOT the one that was co-signed\n", r.Here.Table)
	}

	if r.Here.Problem == "" {
		fmt.Fprintf(c.Data, "%s companies responded, %s answers are counted%s\n",
			cli.Digits(r.Responded), cli.Digits(r.Here.Answers), difference(r.Here.Difference))
	}
	return nil
}

// difference explains why the numbers of claims and answers differ.
func difference(n int64) string {
	switch {
	case n == 0:
		return ": they agree"
	case n > 0:
		return fmt.Sprintf(": %s answers are missing (the region is absent, stands, or has not recorded them)",
			cli.Digits(n))
	}
	return fmt.Sprintf(": %s more than claims", cli.Digits(-n))
}

func newCertifyStatus(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use: "status --cycle CYCLE", Args: cli.NoArguments,
		Short: "Show how far a year's figures have come: who has signed off, who has not, what to do next",
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := cli.CertificationPath(cycle, "")
			answer, err := readAbout(cmd.Context(), c, "certification of", string(cycle), path, nil)
			status, r, err := cli.Decoded[api.Certification](answer, err)
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			return printCertification(c, status)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}
