package records

import (
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func TestAnswersWithoutBlanks(t *testing.T) {
	c := &cli.Invocation{}
	for text, want := range map[string]string{
		`{"answers": {"q01": "yes", "q03": 7.50}}`:                        `{"q01": "yes", "q03": 7.50}`,
		`{"q01": "yes", "q08": 0.10}`:                                     `{"q01": "yes", "q08": 0.10}`,
		`{"answers": {"q01": null, "q08": 12345678901234567.89}}`:         `{"q08":12345678901234567.89}`,
		`{"answers": {"q07": {"equity": null, "debt": null}, "q10": 0}}`:  `{"q10":0}`,
		`{"answers": {"q07": {"equity": 1.5, "debt": null}}, "notes": 3}`: `{"q07":{"equity":1.5}}`,
		"\xef\xbb\xbf" + `{"answers": {"q01": "yes"}}`:                    `{"q01": "yes"}`,
		`{"answers": {"q01": "yes", "q01": "renamed"}}`:                   `{"q01": "yes", "q01": "renamed"}`, // the node refuses it
	} {
		c.In = strings.NewReader(text)
		got, err := readAnswers(c, "-")
		if err != nil || strings.TrimPrefix(string(got), "\xef\xbb\xbf") != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "[]", "null", `{"answers": []}`, `{"answers": null}`, `{"a":`, strings.Repeat(" ", maxAnswersBytes+1)} {
		c.In = strings.NewReader(text)
		if got, err := readAnswers(c, "-"); cli.ExitCode(err) != cli.ExitUsage {
			t.Errorf("%.40q: %s, %v", text, got, err)
		}
	}
}
