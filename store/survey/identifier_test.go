package survey_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestParseIdentifier(t *testing.T) {
	for _, c := range []struct {
		in, want string
		class    survey.IdentifierClass
	}{
		{"GB-COH:07209813", "GB-COH:07209813", survey.IdentifierKnown},
		{"gb-coh: 7209813 ", "GB-COH:07209813", survey.IdentifierKnown},
		{"GB-COH:123456", "GB-COH:00123456", survey.IdentifierKnown},
		{"GB-COH:sc123456", "GB-COH:SC123456", survey.IdentifierKnown},
		{"GB-COH:SC 12 34 56", "GB-COH:SC123456", survey.IdentifierKnown},
		{"GB-COH:\u200b07209813", "GB-COH:07209813", survey.IdentifierKnown},
		{"GB-COH:RC000641", "GB-COH:RC000641", survey.IdentifierKnown},
		{"GB-COH:IP00000R", "GB-COH:IP00000R", survey.IdentifierUnusual},
		{"GB-COH:IP26918R", "GB-COH:IP26918R", survey.IdentifierUnusual},
		{"GB-COH:SP1834RS", "GB-COH:SP1834RS", survey.IdentifierUnusual},
		{"GB-COH:SP0000RS", "GB-COH:SP0000RS", survey.IdentifierUnusual},
		{"GB-COH:MUT00002", "GB-COH:MUT00002", survey.IdentifierChecking},
		{"GB-COH:072098130", "GB-COH:072098130", survey.IdentifierChecking},
		{"GB-NHS:rh8", "GB-NHS:RH8", survey.IdentifierKnown},
		{"GB-CHC:1089464", "GB-CHC:1089464", survey.IdentifierKnown},
	} {
		got, err := survey.ParseIdentifier(c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("ParseIdentifier(%q) = %q, %v; want %q", c.in, got, err, c.want)
			continue
		}
		if got.Class() != c.class {
			t.Errorf("%s is %s, want %s", got, got.Class(), c.class)
		}
		if again, err := survey.ParseIdentifier(string(got)); err != nil || again != got {
			t.Errorf("%s is not canonical: %q, %v", got, again, err)
		}
	}
	// The last one is a Cyrillic С.
	for _, bad := range []string{"", "07209813", "XX:1", "GB-COH:", "GB-COH:abc", "GB-COH:0720\x009813", "GB-COH:" + strings.Repeat("1", 40), "GB-COH:\u0421C123456"} {
		if got, err := survey.ParseIdentifier(bad); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("ParseIdentifier(%q) = %q, %v; want ErrInvalid", bad, got, err)
		}
	}
}

func FuzzParseIdentifier(f *testing.F) {
	for _, seed := range []string{"GB-COH:07209813", "GB-COH:IP00000R", "ahsn:01hx", ":", "GB-NHS:RH8"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := survey.ParseIdentifier(text)
		if err != nil {
			return
		}
		again, err := survey.ParseIdentifier(string(id))
		if err != nil || again != id {
			t.Errorf("%q is read as %q, and that as %q, %v", text, id, again, err)
		}
	})
}
