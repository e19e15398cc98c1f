package state

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// claimHistory shows every change of a claim, one a line.
func (p *play) claimHistory(cycle survey.Cycle, id survey.Identifier) string {
	events, err := p.state.View().claimHistory(cycle, id)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%d %s by %s, actor %d: %s", e.Number, e.Organisation, e.Region, e.Actor, e.State)
		if e.Holder != "" {
			b.WriteString(" held by " + string(e.Holder))
		}
		if e.OfferedTo != "" {
			b.WriteString(" offered to " + string(e.OfferedTo))
		}
		if e.Reason != "" {
			b.WriteString(" because " + string(e.Reason))
		}
		b.WriteByte('\n')
	}
	if b.Len() == 0 {
		return "never claimed"
	}
	return b.String()
}
