package state

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Step says in plain words the request and the decision of a row that is not a claim's own. Hashes
// are SHA-256 in hexadecimal: SummaryHash of the final summary, whose bytes are in the row; Table
// of the national table.
type Step struct {
	Cycle       survey.Cycle          `json:"cycle,omitempty"`
	Revision    *int                  `json:"revision,omitempty"`
	SummaryHash string                `json:"summary_hash,omitempty"`
	Table       string                `json:"table,omitempty"`
	Terms       *survey.CampaignTerms `json:"terms,omitempty"`
	Merged      survey.Identifier     `json:"merged,omitempty"` // or split again
	Into        survey.Identifier     `json:"into,omitempty"`
	Reason      survey.MergeReason    `json:"reason,omitempty"`
	Proposed    *survey.NewProposal   `json:"proposed,omitempty"`
	Endorsed    uint64                `json:"endorsed,omitempty"` // number of the proposal
	Decided     *survey.NewProposal   `json:"decided,omitempty"`  // took effect by the row
	Refused     *survey.Refusal       `json:"refused,omitempty"`
}

// commandNames are the words for the commands that receipts tell of.
var commandNames = map[commandType]string{
	typeClaim: "claim", typeChangeClaims: "change", typeMergeOrganisations: "merge", typeSplitOrganisation: "split",
	typeOpenCampaign: "open-campaign", typeCloseCampaign: "close-campaign", typeFreezeEligible: "freeze-eligible",
	typePropose: "propose", typeEndorse: "endorse", typeSignOff: "sign-off", typeCoSign: "co-sign",
}

var errNotTold = errors.New("its row is not of a kind that receipts tell of")

// WordsOf returns the command's name, and its request and outcome in words. A claim's own row has
// no step: the claim says it.
func WordsOf(b *Body, o *survey.Outcome) (string, *Step, error) {
	name := commandNames[b.Type]
	switch {
	case name == "":
		return "", nil, errNotTold
	case b.Type == typeClaim || b.Type == typeChangeClaims:
		if o.Claim == nil {
			return "", nil, errors.New("its row decided nothing about a claim")
		}
		return name, nil, nil
	}
	step, err := stepOf(b)
	if err != nil {
		return "", nil, fmt.Errorf("its row cannot be read: %w", err)
	}
	step.Decided, step.Refused = o.Decided, o.Refusal
	return name, step, nil
}

func stepOf(b *Body) (*Step, error) {
	var err error
	step := &Step{}
	switch b.Type {
	case typeMergeOrganisations:
		var p mergePayload
		err = Decode(b.Payload, &p)
		step.Merged, step.Into, step.Reason = p.From, p.Into, p.Reason
	case typeSplitOrganisation:
		var p splitPayload
		err = Decode(b.Payload, &p)
		step.Merged, step.Reason = p.Organisation, p.Reason
	case typeOpenCampaign:
		var p campaignPayload
		err = Decode(b.Payload, &p)
		terms := p.Campaign.Terms()
		step.Cycle, step.Terms = p.Campaign.Cycle, &terms
	case typeCloseCampaign, typeFreezeEligible:
		var p cyclePayload
		err = Decode(b.Payload, &p)
		step.Cycle = p.Cycle
	case typePropose:
		what, ok := readProposal(b)
		if !ok {
			return nil, errNotTold
		}
		step.Proposed = &what
	case typeEndorse:
		var p endorsePayload
		err = Decode(b.Payload, &p)
		step.Endorsed = p.Number
	case typeSignOff:
		var p signOffPayload
		err = Decode(b.Payload, &p)
		step.Cycle, step.Revision, step.SummaryHash = p.Cycle, &p.Revision, HashOf(p.Summary)
	case typeCoSign:
		var p coSignPayload
		err = Decode(b.Payload, &p)
		step.Cycle, step.Revision, step.Table = p.Cycle, &p.Revision, hex.EncodeToString(p.Table)
	}
	return step, err
}

// String says it in one line.
func (s *Step) String() string {
	var words []string
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if s.Cycle != "" {
		add("campaign %s", s.Cycle)
	}
	if s.Revision != nil {
		add("revision %d", *s.Revision)
	}
	if s.SummaryHash != "" {
		add("summary %s", s.SummaryHash)
	}
	if s.Table != "" {
		add("table %s", s.Table)
	}
	if s.Merged != "" && s.Into != "" {
		add("%s into %s (%s)", s.Merged, s.Into, s.Reason)
	} else if s.Merged != "" {
		add("%s again (%s)", s.Merged, s.Reason)
	}
	if s.Endorsed != 0 {
		add("proposal %d", s.Endorsed)
	}
	if s.Proposed != nil {
		add("proposed: %s", proposalWords(s.Proposed))
	}
	if s.Decided != nil {
		add("in effect by it: %s", proposalWords(s.Decided))
	}
	if s.Refused != nil {
		add("refused: %s", s.Refused.Error())
	}
	return strings.Join(words, ", ")
}

func proposalWords(p *survey.NewProposal) string {
	words := []string{string(p.Kind)}
	for _, w := range []string{string(p.Cycle), string(p.Region), string(p.Organisation), string(p.Policy),
		string(p.To), string(p.Reason)} {
		if w != "" {
			words = append(words, w)
		}
	}
	if p.SummaryHash != "" {
		words = append(words, "summary "+p.SummaryHash)
	}
	return strings.Join(words, " ")
}
