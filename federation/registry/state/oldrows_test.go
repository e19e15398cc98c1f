package state

import (
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestOldRows: in a federation of the first level a row says what it said to
// older replicas, and what they could not read is not read here either.
func TestOldRows(t *testing.T) {
	b, _ := ready(t, 1, "otv", "sw", "wessex")
	for name, c := range map[string]struct {
		version uint8
		payload any
		want    survey.RefusalCode
		detail  string
	}{
		"a kind of later":    {rowVersion, map[int]any{1: map[int]any{1: "close-campaign", 3: "agreed"}}, survey.RefusedInvalid, "unknown kind of proposal"},
		"a field of later":   {rowVersion, map[int]any{1: map[int]any{1: "suspend", 2: "sw", 3: "misuse", 9: "2022-23"}}, survey.RefusedInvalid, "the proposal cannot be read"},
		"a version of later": {levelNational, proposePayload{survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: "2022-23"}}, survey.RefusedNeedsUpgrade, ""},
	} {
		body := b.body("otv", typePropose, Encode(c.payload))
		body.Version = c.version
		o := b.apply(b.sign(body))[0]
		if o.Refusal == nil || o.Refusal.Code != c.want || c.detail != "" && o.Refusal.Detail != c.detail {
			t.Errorf("%s: %+v", name, o.Refusal)
		}
	}
	f := b.founding("otv")
	f.Level = FeatureLevel
	fresh := newBench()
	if o := fresh.do("otv", typeFound, Encode(f))[0]; o.Refusal == nil {
		t.Error("a founding row of the first version with a level was taken")
	}
	f.Level = FeatureLevel + 1
	if o := fresh.foundAs(f)[0]; o.Refusal == nil {
		t.Error("founded at a level that is not known here")
	}
}
