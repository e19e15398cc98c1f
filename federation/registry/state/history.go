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

// note keeps an event of the row being decided; a preview has none.
func (w *work) note(e eventRow) {
	if w.body == nil {
		return
	}
	e.At, e.Region, e.Actor = w.clock(), w.body.Origin, w.body.Actor
	w.insert(tableEvents, &e)
}

// OrganisationHistory returns every change of the organisation that has or had
// the identifier, oldest first; of one that was merged away, that of the one it
// was merged into follows. It returns an error wrapping survey.ErrNotFound for
// an unknown organisation.
func (r Reader) OrganisationHistory(id survey.Identifier) ([]survey.OrganisationEvent, error) {
	if parsed, err := survey.ParseIdentifier(string(id)); err == nil {
		id = parsed
	}
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
	from(v.txn, tableEvents, byKey, eventKey(id, 0), func(e *eventRow) bool {
		if e.Organisation != id {
			return false
		}
		out = append(out, survey.OrganisationEvent{Number: e.Number, At: instant(e.At), Organisation: e.Organisation, Action: e.Action,
			Region: e.Region, Actor: e.Actor, Reason: e.Reason, Other: e.Other})
		return true
	})
	return out
}
