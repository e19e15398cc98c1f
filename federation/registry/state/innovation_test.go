package state

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store/survey"
)

// innovationLine plays lines such as "register PUMP GB-COH:99000001 stage=idea",
// "stage PUMP spread", "adopt PUMP" and "withdraw PUMP"; PUMP stands for a whole
// id. "innovations" shows those of the organisations named, and the counts.
func (p *play) innovationLine(t *testing.T, command string, regions []survey.Region, lines []string) string {
	t.Helper()
	var b strings.Builder
	if command == "innovations" {
		r := reader(p.bench)
		for _, line := range lines {
			for _, i := range r.Innovations(survey.Identifier(line)) {
				fmt.Fprintf(&b, "%s of %s, stage %q, adopted by %v, version %d\n", i.ID, i.Organisation, i.Stage, i.AdoptedBy, i.Version)
			}
		}
		c := r.InnovationCounts()
		fmt.Fprintf(&b, "%d innovations, %d adopted, %d adoptions, %v %v\n", c.Innovations, c.Adopted, c.Adoptions, c.ByStage, c.ByRegion)
		return b.String()
	}
	actions := map[string]innovationAction{"register": innovationRegister, "stage": innovationStage, "adopt": innovationAdopt, "withdraw": innovationWithdraw}
	for _, line := range lines {
		words := append(strings.Fields(line), "", "")
		payload := innovationPayload{Action: actions[words[0]], ID: innovationNamed(words[1])}
		switch words[0] {
		case "register":
			payload.Organisation, payload.Stage = survey.Identifier(words[2]), strings.TrimPrefix(words[3], "stage=")
		case "stage":
			payload.Stage = words[2]
		}
		b.WriteString(show(p.apply(p.sign(p.innovationBody(regions[0], payload)))))
	}
	return b.String()
}

// innovationNamed fills a short name up to an id.
func innovationNamed(name string) survey.InnovationID {
	return survey.InnovationID(innovationPrefix + strings.Repeat("0", max(0, innovationDigits-len(name))) + name)
}

func (b *bench) innovationBody(region survey.Region, payload innovationPayload) Body {
	body := b.body(region, typeInnovation, Encode(payload))
	body.Version = levelNational
	return body
}

func drawInnovation(t *rapid.T, b *bench, region survey.Region) Row {
	return b.sign(b.innovationBody(region, innovationPayload{
		Action:       innovationAction(rapid.Uint8Range(1, 5).Draw(t, "innovation action")),
		ID:           innovationNamed(rapid.SampledFrom([]string{"A", "B", "lower"}).Draw(t, "innovation")),
		Organisation: rapid.SampledFrom(someIDs).Draw(t, "owner"),
		Stage:        rapid.SampledFrom(append(survey.InnovationStages(), "", "magic")).Draw(t, "stage"),
	}))
}
