package main

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// edition says which figures of the cycle these are.
func edition(totals survey.Totals) string {
	switch {
	case totals.Certified != nil:
		return fmt.Sprintf("certified %s, revision %d", longTime(totals.Certified.CertifiedAt), totals.Certified.Revision)
	case !totals.AsOf.IsZero():
		return "as published by " + longTime(totals.AsOf)
	}
	return string(totals.Mode)
}

// printCertificate says what certified figures rest on, and what the revision
// changed.
func printCertificate(c *cli, definitions survey.Definitions, cert *survey.Certificate) {
	if cert == nil {
		return
	}
	fmt.Fprintf(c.out, "Certified by %d regions (%d are needed) on the table %s\n", len(cert.CoSigned), cert.Needed, cert.Table)
	fmt.Fprintf(c.out, "%s companies responded, %s answers are counted%s\n", groupDigits(cert.Responded), groupDigits(cert.Answers), difference(cert.Difference))
	if cert.Late > 0 {
		fmt.Fprintf(c.out, "%s answers were in, but too few to leave without showing whose they are\n", groupDigits(cert.Late))
	}
	if cert.Revision == 0 {
		return
	}
	fmt.Fprintf(c.out, "Revision %d was opened for: %s. Against revision %d it changed:\n", cert.Revision, cert.Reason, cert.Revision-1)
	t := table{right: []int{1, 3}}
	for _, ch := range cert.Changes {
		t.add("  "+definitions.Label(ch.Metric), ch.Unit.Amount(ch.Before), "to", ch.Unit.Amount(ch.After))
	}
	if len(t.rows) == 0 {
		t.add("  no national figure")
	}
	_ = t.write(c.out) // the lines before it went to the same place
}
