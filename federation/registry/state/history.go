package state

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// eventRow is one change of an organisation, kept for ever under the
// organisation's own id.
type eventRow struct {
	Organisation survey.Identifier         `cbor:"1,keyasint"`
	Number       uint64                    `cbor:"2,keyasint"`
	At           int64                     `cbor:"3,keyasint"`
	Action       survey.OrganisationAction `cbor:"4,keyasint"`
	Region       survey.Region             `cbor:"5,keyasint"`
	Actor        uint64                    `cbor:"6,keyasint,omitempty"`
	Reason       survey.MergeReason        `cbor:"7,keyasint,omitempty"`
	Other        survey.Identifier         `cbor:"8,keyasint,omitempty"`
}

func eventKey(id survey.Identifier, number uint64) string {
	return string(id) + "\x00" + numberKey(number)
}

// OrganisationHistory returns every change of the organisation that has or had the identifier,
// oldest first. For one that was merged away, the history of the organisation that absorbed it
// follows. It returns an error wrapping survey.ErrNotFound for an unknown organisation.
func (r Reader) OrganisationHistory(id survey.Identifier) ([]survey.OrganisationEvent, error) {
	id = parsed(id)
	v := r.now()
	own := v.ownOrganisation(id)
	if own == nil {
		return nil, fmt.Errorf("history of %s: %w", id, survey.ErrNotFound)
	}

	events := v.events(own.ID)
	if whole := v.organisation(id); whole.ID != own.ID {
		events = append(events, v.events(whole.ID)...)
	}
	return events, nil
}

func (v View) events(id survey.Identifier) []survey.OrganisationEvent {
	var out []survey.OrganisationEvent
	for e := range rowsFrom[eventRow](v.txn, tableEvents, byKey, eventKey(id, 0)) {
		if e.Organisation != id {
			break
		}
		out = append(out, survey.OrganisationEvent{Number: e.Number, At: instant(e.At),
			Organisation: e.Organisation, Action: e.Action,
			Region: e.Region, Actor: e.Actor, Reason: e.Reason, Other: e.Other})
	}
	return out
}
