package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// printCertification prints the newest revision region by region, the earlier
// ones in a line each, and what to do next.
func printCertification(c *cli, s api.Certification) error {
	fmt.Fprintf(c.out, "Figures of %s: the campaign is %s\n", s.Cycle, s.State)
	for i, r := range s.Revisions {
		title := fmt.Sprintf("Revision %d, %s", r.Revision, revisionState(r))
		if r.Reason != "" {
			title += fmt.Sprintf(" (opened for: %s)", r.Reason)
		}
		fmt.Fprintf(c.out, "\n%s\n", title)
		if i == len(s.Revisions)-1 {
			if err := printRevision(c, r); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(c.out, "Table %s\n", r.Table)
		}
	}
	if len(s.Next) > 0 {
		fmt.Fprintln(c.out, "\nNext:")
		for _, next := range s.Next {
			fmt.Fprintf(c.out, "  %s\n", printable(next))
		}
	}
	return nil
}

func revisionState(r api.RevisionStatus) string {
	switch r.State {
	case survey.RevisionCollecting:
		return fmt.Sprintf("%d of %d regions settled", len(r.Settled), len(r.Regions))
	case survey.RevisionSigned:
		return fmt.Sprintf("every region settled, %d of %d co-signatures needed", len(r.CoSigned), r.Needed)
	case survey.RevisionDisputed:
		return "disputed: regions derived different tables"
	}
	return "certified " + longTime(r.CertifiedAt)
}

func printRevision(c *cli, r api.RevisionStatus) error {
	t := table{header: []string{"REGION", "FIGURES", "WHY", "BY", "SETTLED", "CO-SIGNED"}}
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
			how = map[survey.SettledHow]string{survey.SettledSigned: "signed off", survey.SettledStands: "last ones stand", survey.SettledAbsent: "absent"}[p.How]
		}
		by := joinIDs([]survey.Region{p.By, p.EndorsedBy})
		t.add(string(region), how, string(p.Reason), strings.Trim(by, ", "), longTime(p.At), cosigned[region])
	}
	if err := t.write(c.out); err != nil {
		return err
	}
	switch {
	case r.State == survey.RevisionCollecting:
	case r.Here.Problem != "":
		fmt.Fprintf(c.out, "Here: %s\n", printable(r.Here.Problem))
	case r.Here.Agrees:
		fmt.Fprintf(c.out, "Table %s: derived here from the registry alone, and the same\n", r.Here.Table)
	default:
		fmt.Fprintf(c.out, "Table %s follows here: NOT the one that was co-signed\n", r.Here.Table)
	}
	if r.Here.Problem == "" {
		fmt.Fprintf(c.out, "%s companies responded, %s answers are counted%s\n", groupDigits(int64(r.Responded)), groupDigits(r.Here.Answers), difference(r.Here.Difference))
	}
	return nil
}

// difference says why claims and answers need not be the same number.
func difference(n int64) string {
	switch {
	case n == 0:
		return ": they agree"
	case n > 0:
		return fmt.Sprintf(": %s answers are missing (of regions that are absent or stand, or not recorded)", groupDigits(n))
	}
	return fmt.Sprintf(": %s more than claims", groupDigits(-n))
}

func newCertifyStatus(c *cli) *cobra.Command {
	var out format
	var cycleText string
	cmd := &cobra.Command{
		Use: "status --cycle CYCLE", Short: "How far a year's figures have come: who signed off, who is missing, what to do next", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), certificationPath(cycle, ""), nil)
			if err != nil {
				return doing("certification of", string(cycle), err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var status api.Certification
			if err := r.into(&status); err != nil {
				return err
			}
			return printCertification(c, status)
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycleText)
	return cmd
}
