package state

import (
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestDuplicatePairs: pairs are reported with the reason, nothing is merged.
func TestDuplicatePairs(t *testing.T) {
	b := newBench()
	b.found("otv")
	company := func(number int, name, former string) survey.NewOrganisation {
		o := survey.NewOrganisation{Identifiers: []survey.Identifier{survey.Identifier(fmt.Sprintf("GB-COH:%08d", number))}, Name: name, NameAsOf: "2023-01-01"}
		if former != "" {
			o.PreviousNames = []survey.NameSince{{Name: former, AsOf: "2020-01-01"}}
		}
		return o
	}
	b.do("otv", typeAddOrganisations, items("", company(1132951, "TOG 24 LIMITED", ""), company(6325417, "TOG 24 LTD", ""),
		company(7690737, "PORTHAVEN CARE HOMES LIMITED", ""), company(348553, "PORTHAVEN CARE HOMES LLP", ""),
		company(99000001, "ACME LIMITED", "ZENITH LIMITED"), company(99000002, "ZENITH LIMITED", ""), company(99000003, "ALONE LIMITED", "")))
	pairs := reader(b).PossibleDuplicates(10)
	var got []survey.Resemblance
	for _, p := range pairs {
		got = append(got, p.Reason)
	}
	if fmt.Sprint(got) != "[same-name former-name another-legal-form]" {
		t.Errorf("%+v", pairs)
	}
	if n := len(reader(b).PossibleDuplicates(1)); n != 1 {
		t.Errorf("%d pairs of at most 1", n)
	}
}
