package survey_test

import (
	"errors"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// The licence names exactly these fifteen; a national system once shipped
// sixteen, with one region twice.
func TestRegionsAreTheFifteen(t *testing.T) {
	want := []survey.Region{"nenc", "nwc", "gm", "yh", "em", "wm", "east", "uclp", "ichp", "sl", "kss", "otv", "wessex", "we", "sw"}
	got := survey.Regions()
	if len(got) != len(want) {
		t.Fatalf("there are %d regions, want %d", len(got), len(want))
	}
	tiles := map[[2]int]survey.Region{}
	for i, r := range got {
		if r.Region != want[i] {
			t.Errorf("region %d is %s, want %s", i, r.Region, want[i])
		}
		tile := [2]int{r.Column, r.Row}
		if other, taken := tiles[tile]; taken {
			t.Errorf("%s and %s stand on the same tile", other, r.Region)
		}
		tiles[tile] = r.Region
		if last := r.Names[len(r.Names)-1]; last.To != "" {
			t.Errorf("%s has no current name", r.Region)
		}
		for j := 1; j < len(r.Names); j++ {
			if r.Names[j].From <= r.Names[j-1].To {
				t.Errorf("%s has two names on %s", r.Region, r.Names[j].From)
			}
		}
	}
}

func TestRegionNames(t *testing.T) {
	for _, c := range []struct {
		region survey.Region
		day    string
		want   string
	}{
		{"otv", "2023-09-30", "Oxford AHSN"},
		{"otv", "2023-10-01", "Health Innovation Oxford & Thames Valley"},
		{"uclp", "2020-01-01", "UCLPartners"},
		{"sl", "2020-01-01", "Health Innovation Network (South London)"},
		{"otv", "2012-01-01", "otv"},
	} {
		if got := c.region.NameOn(c.day); got != c.want {
			t.Errorf("%s on %s is called %q, want %q", c.region, c.day, got, c.want)
		}
	}
	if got := survey.Region("wessex").Name(); got != "Health Innovation Wessex" {
		t.Errorf("wessex is now called %q", got)
	}
}

func TestParseRegion(t *testing.T) {
	if got, err := survey.ParseRegion(" OTV "); err != nil || got != "otv" {
		t.Errorf("ParseRegion(OTV) = %q, %v", got, err)
	}
	for _, bad := range []string{"", "hin", "oxford", "otv\x00"} {
		if _, err := survey.ParseRegion(bad); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("ParseRegion(%q) gives %v, want ErrInvalid", bad, err)
		}
	}
}
