package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// rowEdits are the edits of one row: at most one update of the organisation, and at most one step of
// its claim. Both a claim and a step are possible.
type rowEdits struct {
	number int
	id     survey.Identifier
	facts  []string
	update survey.NewOrganisation
	claim  bool
	change survey.ClaimChange // without an Action: none
}

// compare returns the edits of a row and those that must be refused.
func (b Workbook) compare(r sheet.Row, place map[string]int, today string) (rowEdits, []survey.WorkbookEdit) {
	e := rowEdits{number: r.Number}
	refuse := func(edit, format string, args ...any) (rowEdits, []survey.WorkbookEdit) {
		return e, []survey.WorkbookEdit{e.refuse(edit, format, args...)}
	}

	if sheet.AnyRefused(r.Problems) {
		return refuse("the row", "%s", r.Problems[0].String())
	}

	cell := func(name string) string { return strings.TrimSpace(sheet.Unescape(r.Cells[place[name]])) }
	id, err := survey.ParseIdentifier(cell("company"))
	if err != nil {
		return refuse("a new row", "companies are added with \"tracker import organisations\", not here")
	}
	e.id = id

	before, err := parseExported(cell(exportedColumn))
	if err != nil {
		return refuse("the row", "%v", err)
	}

	known, err := b.Registry.Organisation(id)
	if err != nil {
		return refuse("the row", "the registry does not know %s", id)
	}

	// The registry may know the company under another identifier by now.
	e.id = known.ID

	was, is := map[field]string{}, map[field]string{}
	var changed []field
	for i, c := range editable() {
		was[c.field], is[c.field] = before.Cells[i], cell(c.name)
		if was[c.field] != is[c.field] {
			changed = append(changed, c.field)
		}
	}

	problems := e.addFacts(changed, was, is, today)
	if slices.ContainsFunc(changed, func(f field) bool { return slices.Contains(claimFields, f) }) {
		edit, problem := b.step(&e, before.Token, was, is)
		if problem != "" {
			problems = append(problems, e.refuse(edit, "%s", problem))
		}
	}
	return e, problems
}

// claimFields are the fields whose edits become a claim or a step of it.
var claimFields = []field{fieldHolder, fieldState, fieldReason}

// addFacts adds the edits of the organisation itself and returns the refused ones.
func (e *rowEdits) addFacts(changed []field, was, is map[field]string, today string) (refused []survey.WorkbookEdit) {
	e.update = survey.NewOrganisation{Identifiers: []survey.Identifier{e.id}, NameAsOf: today}
	for _, f := range changed {
		if !f.fact(&survey.NewOrganisation{}, is[f]) {
			continue
		}

		edit := editWords(f, was[f], is[f])
		value, problem := f.parse(is[f])
		if problem != "" {
			refused = append(refused, e.refuse(edit, "%s", problem))
			continue
		}
		f.fact(&e.update, value)
		e.facts = append(e.facts, edit)
	}
	return refused
}

// parse returns the fact of an edited cell, or the problem with it.
func (f field) parse(cell string) (value, problem string) {
	switch {
	case cell == "":
		return "", "an empty cell takes nothing away: write what is true instead"
	case f == fieldSector && !slices.Contains(survey.Sectors(), survey.Sector(cell)):
		return "", "a sector is one of " + codeList(survey.Sectors())
	case f == fieldSize && !slices.Contains(survey.SizeBands(), survey.SizeBand(cell)):
		return "", "a size is one of " + codeList(survey.SizeBands())
	case f != fieldLead:
		return cell, ""
	}

	// A person may write a region by its name, but the registry takes its code.
	region, err := survey.ParseRegion(cell)
	if err != nil {
		return "", "there is no region of this name"
	}
	return string(region), ""
}

// step turns the edits of holder, state and reason into a claim or one step of it. problem says why
// that is impossible.
func (b Workbook) step(e *rowEdits, token uint64, was, is map[field]string) (edit, problem string) {
	mine := string(b.Region)
	var changes []string
	for _, f := range claimFields {
		if was[f] != is[f] {
			changes = append(changes, editWords(f, was[f], is[f]))
		}
	}
	edit = strings.Join(changes, ", ")

	holder, err := survey.ParseRegion(is[fieldHolder])
	if is[fieldHolder] != "" && err != nil {
		return edit, "there is no region of this name"
	}

	step := survey.ClaimChange{Organisation: e.id, Token: token}
	from := was[fieldHolder]

	// A change of the holder is a step of its own. Only a claim may be followed by a state in the
	// same row.
	if to := string(holder); to != from {
		if is[fieldState] != was[fieldState] && is[fieldState] != "" && !(from == "" && to == mine) {
			return edit, "change either the holder or the state, then export again for the other"
		}

		switch {
		case from == "" && to == mine:
			e.claim = true
			return edit, b.outcome(e, &step, is)
		case from == "":
			return edit, fmt.Sprintf("only %s can claim it for itself", to)
		case from == mine && to == "":
			step.Action = survey.ActionRelease
		case from == mine:
			step.Action, step.OfferTo = survey.ActionOffer, holder
		case to == mine:
			step.Action, step.Token = survey.ActionRequest, 0
		default:
			return edit, fmt.Sprintf("%s holds it: only %s can give it away", from, from)
		}

		e.change = step
		return edit, ""
	}

	if from != mine {
		if from == "" {
			return edit, fmt.Sprintf("nobody holds it: write %s as its holder to claim it", mine)
		}
		return edit, fmt.Sprintf("%s holds it: only %s can change it", from, from)
	}

	// Only the reason was changed, and the registry keeps a reason with its step alone.
	if is[fieldState] == was[fieldState] {
		return edit, "a reason goes with a change of the state"
	}
	return edit, b.outcome(e, &step, is)
}

// outcome sets the step that leads to the state that the row names. After a claim the state may
// stay as it is. After a refusal nothing is claimed either.
func (b Workbook) outcome(e *rowEdits, step *survey.ClaimChange, is map[field]string) (problem string) {
	switch state := survey.ClaimState(is[fieldState]); state {
	case "", survey.Claimed:
		if e.claim {
			return ""
		}
		return "a claim that has gone on is reopened with \"tracker reopen\""
	case survey.Contacted:
		step.Action = survey.ActionContact
	case survey.Declined:
		step.Action = survey.ActionDecline
	case survey.Unreachable:
		step.Action = survey.ActionUnreachable
	case survey.Ineligible:
		step.Action = survey.ActionIneligible
	case survey.Responded:
		e.claim = false
		return "recording the answers makes it responded"
	default:
		e.claim = false
		return "a state is one of claimed, contacted, declined, unreachable, ineligible; to give it up, empty the holder"
	}

	// Being contacted needs no reason; declining needs one.
	if reason := survey.ReasonCode(is[fieldReason]); reason != "" && step.Action != survey.ActionContact {
		if !slices.Contains(survey.ReasonCodes(), reason) {
			e.claim = false
			return "a reason is one of " + codeList(survey.ReasonCodes())
		}
		step.Reason = reason
	} else if step.Action == survey.ActionDecline {
		e.claim = false
		return "give the reason: one of " + codeList(survey.ReasonCodes())
	}
	e.change = *step
	return ""
}

// editWords describes an edit.
func editWords(f field, was, is string) string {
	shown := func(s string) string {
		if s == "" {
			return "(empty)"
		}
		return s
	}
	return fmt.Sprintf("%s: %s -> %s", f, shown(was), shown(is))
}
