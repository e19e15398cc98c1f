package survey_test

import (
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestRegionsByTheirNames(t *testing.T) {
	for text, want := range map[string]survey.Region{
		"otv": "otv", " OTV ": "otv", "Oxford AHSN": "otv", "oxford": "otv", "Health Innovation Oxford and Thames Valley": "otv",
		"Yorkshire and Humber AHSN": "yh", "Yorkshire & Humber": "yh", "UCLPartners": "uclp", "Health Innovation Network South London": "sl",
		"the Wessex AHSN": "wessex", "": "", "Health Innovation Network": "", "HIN": "", "Scotland": "", "AHSN": "",
	} {
		got, ok := survey.RegionNamed(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q (%v), want %q", text, got, ok, want)
		}
	}
	for _, info := range survey.Regions() {
		for _, n := range info.Names {
			if got, _ := survey.RegionNamed(n.Name); got != info.Region {
				t.Errorf("%s is %q", n.Name, got)
			}
		}
	}
}
