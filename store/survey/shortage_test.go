package survey

import (
	"strings"
	"testing"
)

func TestShortage(t *testing.T) {
	if got := (Quorum{Voters: 15, Reachable: 7, Needed: 8}).Shortage(); got != "8 of 15 AHSNs must be reachable for this, and 7 are" {
		t.Error(got)
	}
	if got := (Quorum{Voters: 5, Reachable: 5, Needed: 3}).Shortage(); !strings.Contains(got, "too few did") || strings.Contains(got, "must be reachable") {
		t.Error(got)
	}
}
