package figures

import (
	"fmt"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// edition says which figures of the cycle these are.
func edition(totals survey.Totals) string {
	switch {
	case totals.Certified != nil:
		return fmt.Sprintf("certified %s, revision %d", cli.LongTime(totals.Certified.CertifiedAt), totals.Certified.Revision)
	case !totals.AsOf.IsZero():
		return "as published by " + cli.LongTime(totals.AsOf)
	}
	return string(totals.Mode)
}

// printCertificate says what certified figures rest on, and what the revision
// changed.
func printCertificate(c *cli.Invocation, definitions survey.Definitions, cert *survey.Certificate) {
	if cert == nil {
		return
	}
	fmt.Fprintf(c.Data, "Certified by %d regions (%d are needed) on the table %s\n", len(cert.CoSigned), cert.Needed, cert.Table)
	fmt.Fprintf(c.Data, "%s companies responded, %s answers are counted%s\n", cli.Digits(cert.Responded), cli.Digits(cert.Answers), difference(cert.Difference))
	if cert.Late > 0 {
		fmt.Fprintf(c.Data, "%s answers were in, but too few to leave without showing whose they are\n", cli.Digits(cert.Late))
	}
	if cert.Revision == 0 {
		return
	}
	fmt.Fprintf(c.Data, "Revision %d was opened for: %s. Against revision %d it changed:\n", cert.Revision, cert.Reason, cert.Revision-1)
	t := cli.Table{Right: []int{1, 3}}
	for _, ch := range cert.Changes {
		t.Add("  "+definitions.Label(ch.Metric), ch.Unit.Amount(ch.Before), "to", ch.Unit.Amount(ch.After))
	}
	if len(t.Rows) == 0 {
		t.Add("  no national figure")
	}
	_ = t.Write(c.Data) // the lines before it went to the same place
}
