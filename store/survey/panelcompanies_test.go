package survey_test

import (
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestPanelCompaniesSentence(t *testing.T) {
	for want, of := range map[string]survey.PanelCompanies{
		"": {},
		"Of the 1,274 that answered in 2022-23: 800 had answered the same region in 2021-22, 50 another region, 423 were supported and had not answered, 1 is new.":                                                       {Answered: 1274, Matched: 800, ChangedRegion: 50, NoAnswer: 423, New: 1},
		"Of the 9 that answered in 2022-23: 6 had answered the same region in 2021-22, 2 another region, which handed over what they said, 1 another one without that, 0 were supported and had not answered, 0 are new.": {Answered: 9, Matched: 6, AfterHandover: 2, ChangedRegion: 1},
		"Of the 3 that answered in 2022-23: 0 had answered the same region in 2021-22, 0 another region, 1 was supported and had not answered, 2 are new.":                                                                {Answered: 3, NoAnswer: 1, New: 2},
	} {
		if got := of.Sentence("2022-23", "2021-22", "region"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
