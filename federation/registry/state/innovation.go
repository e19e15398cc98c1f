package state

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds and form of innovations.
const (
	innovationPrefix = "INN:"
	innovationDigits = 26
	maxInnovations   = 1024 // of one organisation
)

// innovationAction is the action of a row on an innovation.
type innovationAction uint8

const (
	innovationRegister innovationAction = 1 // ID, Organisation, Stage
	innovationStage    innovationAction = 2 // ID, Stage
	innovationAdopt    innovationAction = 3 // ID; the origin adopts it
	innovationWithdraw innovationAction = 4 // ID; the origin does not any more
)

type innovationPayload struct {
	Action       innovationAction    `cbor:"1,keyasint"`
	ID           survey.InnovationID `cbor:"2,keyasint"`
	Organisation survey.Identifier   `cbor:"3,keyasint,omitempty"`
	Stage        string              `cbor:"4,keyasint,omitempty"`
}

// RegisterInnovation asks for an innovation of the organisation under an id
// that the key mints: the same request gives the same id.
func RegisterInnovation(key *identity.Key, request string, organisation survey.Identifier,
	stage string) (survey.InnovationID, Command) {
	p := innovationPayload{Action: innovationRegister, Organisation: organisation, Stage: stage}
	minted, _ := mint(key, request, Encode(p))
	p.ID = survey.InnovationID(innovationPrefix + minted.ID())
	return p.ID, p.command()
}

// SetInnovationStage says how far the innovation has come.
func SetInnovationStage(id survey.InnovationID, stage string) Command {
	return innovationPayload{Action: innovationStage, ID: id, Stage: stage}.command()
}

// AdoptInnovation says that the region adopts the innovation.
func AdoptInnovation(id survey.InnovationID) Command {
	return innovationPayload{Action: innovationAdopt, ID: id}.command()
}

// WithdrawAdoption says that the region does not adopt the innovation any more.
func WithdrawAdoption(id survey.InnovationID) Command {
	return innovationPayload{Action: innovationWithdraw, ID: id}.command()
}

func (p innovationPayload) command() Command {
	return newCommand(typeInnovation, p).from(levelNational)
}

func (v View) innovation(id survey.InnovationID) *survey.Innovation {
	return first[survey.Innovation](v.txn, tableInnovations, byKey, string(id))
}

// byOrganisationKey orders the innovations of an organisation by their ids.
func byOrganisationKey(i *survey.Innovation) string {
	return string(i.Organisation) + "\x00" + string(i.ID)
}

// innovationsOf returns the innovations that were registered for exactly this
// identifier, in the order of their ids.
func (v View) innovationsOf(id survey.Identifier) []*survey.Innovation {
	var out []*survey.Innovation
	for i := range rowsFrom[survey.Innovation](v.txn, tableInnovations, byOrganisation, string(id)+"\x00") {
		if i.Organisation != id {
			break
		}
		out = append(out, i)
	}
	return out
}

// changeInnovation registers an innovation or takes it one step further. Any region may set the
// stage; each region adopts for itself.
func (w *organisationWork) changeInnovation(b *Body) []survey.Outcome {
	var p innovationPayload
	if err := Decode(b.Payload, &p); err != nil || !validInnovation(p.ID) {
		return w.refuseRow(survey.RefusedInvalid, "the innovation cannot be read")
	}

	if p.Stage != "" && !slices.Contains(survey.InnovationStages(), p.Stage) {
		return w.refuseRow(survey.RefusedInvalid, "a stage is one of "+strings.Join(survey.InnovationStages(), ", "))
	}

	if p.Action == innovationRegister {
		return w.registerInnovation(b, &p)
	}
	known := w.innovation(p.ID)
	if known == nil {
		return w.refuseRow(survey.RefusedUnknownInnovation, "register the innovation first")
	}

	next := *known
	adopts := slices.Contains(known.AdoptedBy, b.Origin)
	switch p.Action {
	case innovationStage:
		if next.Stage = p.Stage; p.Stage == "" {
			return w.refuseRow(survey.RefusedInvalid, "name the stage")
		}
	case innovationAdopt:
		next.AdoptedBy = addRegion(slices.Clone(known.AdoptedBy), b.Origin)
	case innovationWithdraw:
		next.AdoptedBy = without(known.AdoptedBy, b.Origin)
	default:
		return w.refuseRow(survey.RefusedInvalid, "unknown step of an innovation")
	}

	// An unchanged innovation takes a number all the same, so that the request is remembered.
	if next.Stage == known.Stage && adopts == slices.Contains(next.AdoptedBy, b.Origin) {
		return w.answer(survey.OutcomeExists)
	}

	next.Version = w.next()
	w.insert(tableInnovations, &next)
	return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: next.Version}}
}

func (w *organisationWork) registerInnovation(b *Body, p *innovationPayload) []survey.Outcome {
	o := w.organisation(p.Organisation)
	if o == nil {
		return w.refuseRow(survey.RefusedUnknownOrganisation, "add the organisation first")
	}

	// The request may have been forgotten since.
	if known := w.innovation(p.ID); known != nil {
		if owner := w.organisation(known.Organisation); owner.ID != o.ID {
			return w.refuseRow(survey.RefusedInnovationExists, "this id is an innovation of "+string(owner.ID))
		}
		return w.answer(survey.OutcomeExists)
	}

	if len(w.innovationsOf(o.ID)) >= maxInnovations {
		return w.refuseRow(survey.RefusedTooMany, "the organisation has too many innovations")
	}

	number := w.next()
	w.insert(tableInnovations, &survey.Innovation{ID: p.ID, Organisation: o.ID, Stage: p.Stage,
		RegisteredBy: b.Origin, RegisteredAt: instant(w.clock()), Version: number})
	return []survey.Outcome{{Status: survey.OutcomeCreated, ID: survey.Identifier(p.ID), Number: number}}
}

// validInnovation checks the form of an id.
func validInnovation(id survey.InnovationID) bool {
	digits, ok := strings.CutPrefix(string(id), innovationPrefix)
	return ok && len(digits) == innovationDigits && strings.Trim(digits, crockford) == ""
}

// Innovation returns the innovation, or an error wrapping survey.ErrNotFound.
func (r Reader) Innovation(id survey.InnovationID) (survey.Innovation, error) {
	v := r.now()
	known := v.innovation(id)
	if known == nil {
		return survey.Innovation{}, fmt.Errorf("innovation %s: %w", id, survey.ErrNotFound)
	}
	return v.shownInnovation(known), nil
}

// shownInnovation names the organisation that stands for the one it was
// registered for, if that was merged.
func (v View) shownInnovation(i *survey.Innovation) survey.Innovation {
	out := *i
	out.AdoptedBy = slices.Clone(i.AdoptedBy)
	if o := v.organisation(i.Organisation); o != nil {
		out.Organisation = o.ID
	}
	return out
}

// Innovations returns the innovations of the organisation and of those merged into it, in the order
// of their ids; none if it is unknown.
func (r Reader) Innovations(organisation survey.Identifier) []survey.Innovation {
	organisation = parsed(organisation)
	v := r.now()
	o := v.organisation(organisation)
	if o == nil {
		return nil
	}

	var out []survey.Innovation
	for _, one := range append([]*OrganisationRow{o}, v.absorbed(o.ID)...) {
		for _, i := range v.innovationsOf(one.ID) {
			out = append(out, v.shownInnovation(i))
		}
	}
	slices.SortFunc(out, func(a, b survey.Innovation) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// InnovationCounts counts the nation's innovations, each of them once. It reads
// all of them.
func (r Reader) InnovationCounts() survey.InnovationCounts {
	counts := survey.InnovationCounts{ByStage: map[string]int{}, ByRegion: map[survey.Region]int{}}
	for i := range rowsFrom[survey.Innovation](r.now().txn, tableInnovations, byKey, "") {
		counts.Innovations++
		counts.ByStage[i.Stage]++
		counts.Adoptions += len(i.AdoptedBy)
		if len(i.AdoptedBy) > 0 {
			counts.Adopted++
		}
		for _, region := range i.AdoptedBy {
			counts.ByRegion[region]++
		}
	}
	return counts
}
