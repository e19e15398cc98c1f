package web

import (
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestWaitingWords(t *testing.T) {
	for detail, want := range map[string]string{
		"the figures are not final yet: the campaign is open":                              "The figures are not final yet: the survey is open.",
		"the figures are not final yet: the region's records are behind: change 10 of 12":  "The figures are not final yet: this node has taken in 10 of 12 changes.",
		"no national table: the summary of sw: the signature is not the region's":          "The signed figures of Health Innovation South West cannot be used: The signature is not the region's.",
		"no national table: not settled yet: sw, otv. Each signs off, or two other do not": "No sign-off yet: Health Innovation South West, Health Innovation Oxford & Thames Valley. Each signs off, or two other AHSNs let its last figures stand or go on without it.",
		"no national table: wessex co-signed the table 0a1b, here follows 2c3d. Compare":   "Health Innovation Wessex co-signed the table 0a1b, here follows 2c3d. Compare the software versions and the definitions before you co-sign.",
		"no national table: the figures in it for sw are not those that this node signed":  "The figures in the table for Health Innovation South West are not those that this node signed.",
		"something that a newer node says":                                                 "Something that a newer node says.",
	} {
		if got := waitingWords(fmt.Errorf("sign off: %w", survey.Refuse(survey.RefusedNotFinal, "%s", detail))); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", detail, got, want)
		}
	}
}
