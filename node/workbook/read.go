package workbook

import (
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxEdits bounds the edited rows of one workbook; the registry accepts lists of this length.
const maxEdits = 5000

// Read compares an edited sheet with the export and sends its edits to the registry unless dryRun
// is set: first the facts about companies, then claims, then the steps of claims. The results come
// in the order of the rows, one for each edit; a refused edit does not hold up the others. today is
// the day from which edited facts hold, YYYY-MM-DD.
//
// An error that wraps survey.ErrInvalid or is a *sheet.Error comes before anything is sent: nothing
// was changed. After an error of the registry (survey.ErrNoQuorum, survey.ErrUnknownOutcome), the
// same sheet sent again under the same request completes the rest.
func (b Workbook) Read(ctx context.Context, request survey.Request, cycle survey.Cycle, table *sheet.Table, today string, dryRun bool) ([]survey.WorkbookEdit, error) {
	place, err := places(table.Header())
	if err != nil {
		return nil, err
	}

	var rows []rowEdits
	results := []survey.WorkbookEdit{}
	seen := map[survey.Identifier]int{}
	for r, err := range table.Rows() {
		if err != nil {
			return nil, err
		}

		e, refused := b.compare(r, place, today)
		kept, err := b.refuseOutdated(ctx, &e)
		if err != nil {
			return nil, err
		}
		refused = append(refused, kept...)

		// A company's second row is refused as a whole, because its edits may contradict the first.
		if first := seen[e.id]; first > 0 && e.asks() {
			refused = append(refused, survey.WorkbookEdit{Row: r.Number, Organisation: e.id, Edit: "the row", Status: survey.OutcomeRefused,
				Problem: fmt.Sprintf("the company stands in row %d already: its edits count", first)})
			e = rowEdits{}
		} else if e.id != "" {
			seen[e.id] = r.Number
		}

		results = append(results, refused...)
		if e.asks() {
			rows = append(rows, e)
		}
		if len(rows) > maxEdits {
			return nil, fmt.Errorf("%w: the workbook has more than %d edited rows: bring them in parts; nothing was changed", survey.ErrInvalid, maxEdits)
		}
	}

	done, err := b.send(ctx, request, cycle, rows, dryRun)
	if err != nil {
		return nil, err
	}
	results = append(results, done...)
	slices.SortStableFunc(results, func(x, y survey.WorkbookEdit) int { return x.Row - y.Row })
	return results, nil
}

func (e rowEdits) asks() bool { return len(e.facts) > 0 || e.claim || e.change.Action != "" }

// places finds the columns, in any order.
func places(header []string) (map[string]int, error) {
	place := map[string]int{}
	needed := []string{columns[0].name, exportedColumn}
	for _, c := range editable() {
		needed = append(needed, c.name)
	}

	for _, name := range needed {
		i := slices.Index(header, name)
		if i < 0 {
			return nil, fmt.Errorf("%w: the sheet has no column %q: is it a workbook that was exported here?", survey.ErrInvalid, name)
		}
		place[name] = i
	}
	return place, nil
}

// send sends the edits, each kind as one list under a request id of its own, so that the same sheet
// sent again gets the same results.
func (b Workbook) send(ctx context.Context, request survey.Request, cycle survey.Cycle, rows []rowEdits, dryRun bool) ([]survey.WorkbookEdit, error) {
	var results []survey.WorkbookEdit
	tell := func(e rowEdits, edit string, o survey.Outcome) {
		r := survey.WorkbookEdit{Row: e.number, Organisation: e.id, Edit: edit, Status: o.Status}
		if o.Refusal != nil {
			r.Problem = o.Refusal.Error()
		}
		results = append(results, r)
	}

	if dryRun {
		for _, e := range rows {
			stale := b.forecast(cycle, e)
			for _, what := range e.words() {
				tell(e, what, stale)
			}
		}
		return results, nil
	}

	if err := b.sendFacts(ctx, subRequest(request, "facts"), rows, tell); err != nil {
		return nil, err
	}

	granted, err := b.sendClaims(ctx, subRequest(request, "claims"), cycle, rows, tell)
	if err != nil {
		return nil, err
	}

	return results, b.sendSteps(ctx, subRequest(request, "steps"), cycle, rows, granted, func(e rowEdits, edit string, o survey.Outcome) { tell(e, edit, o) })
}

func (b Workbook) sendFacts(ctx context.Context, request survey.Request, rows []rowEdits, tell func(rowEdits, string, survey.Outcome)) error {
	var asked []rowEdits
	var adds []survey.NewOrganisation
	for _, e := range rows {
		if len(e.facts) > 0 {
			asked, adds = append(asked, e), append(adds, e.update)
		}
	}

	if len(adds) == 0 {
		return nil
	}

	outcomes, err := b.Registry.AddOrganisations(ctx, request, adds)
	if err != nil {
		return err
	}

	for i, o := range outcomes {
		for _, what := range asked[i].facts {
			tell(asked[i], what, o)
		}
	}
	return nil
}

// sendClaims returns the tokens of the claims that this region has now.
func (b Workbook) sendClaims(ctx context.Context, request survey.Request, cycle survey.Cycle, rows []rowEdits, tell func(rowEdits, string, survey.Outcome)) (map[survey.Identifier]uint64, error) {
	granted := map[survey.Identifier]uint64{}
	var asked []rowEdits
	var ids []survey.Identifier

	for _, e := range rows {
		if e.claim {
			asked, ids = append(asked, e), append(ids, e.id)
		}
	}

	if len(ids) == 0 {
		return granted, nil
	}

	outcomes, err := b.Registry.Claim(ctx, request, cycle, ids)
	if err != nil {
		return nil, err
	}

	for i, o := range outcomes {
		tell(asked[i], "claim", o)
		if o.Claim != nil && o.Claim.Region == b.Region {
			granted[asked[i].id] = o.Claim.Token
		}
	}
	return granted, nil
}

func (b Workbook) sendSteps(ctx context.Context, request survey.Request, cycle survey.Cycle, rows []rowEdits, granted map[survey.Identifier]uint64, tell func(rowEdits, string, survey.Outcome)) error {
	var asked []rowEdits
	var changes []survey.ClaimChange
	for _, e := range rows {
		if e.change.Action == "" {
			continue
		}

		if e.claim {
			token, ok := granted[e.id]
			if !ok {
				continue // the claim's refusal is reported already
			}
			e.change.Token = token
		}

		asked, changes = append(asked, e), append(changes, e.change)
	}

	if len(changes) == 0 {
		return nil
	}

	outcomes, err := b.Registry.ChangeClaims(ctx, request, cycle, changes)
	if err != nil {
		return err
	}

	for i, o := range outcomes {
		tell(asked[i], asked[i].stepWords(), o)
	}
	return nil
}

// forecast returns what this node expects to become of a row: an edit of a claim that changed since
// the export will be refused. Only the registry decides.
func (b Workbook) forecast(cycle survey.Cycle, e rowEdits) survey.Outcome {
	now := b.claim(cycle, e.id)
	switch {
	case e.claim && now.Region != "" && now.Region != b.Region:
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: now.Region, Since: now.ClaimedAt}}
	case !e.claim && e.change.Token != 0 && e.change.Token != now.Token:
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedStaleToken,
			Detail: "the claim changed since the workbook was exported: export it again and look"}}
	}
	return survey.Outcome{Status: survey.OutcomePlanned}
}

// words describes the commands that a row becomes.
func (e rowEdits) words() []string {
	words := slices.Clone(e.facts)
	if e.claim {
		words = append(words, "claim")
	}
	if e.change.Action != "" {
		words = append(words, e.stepWords())
	}
	return words
}

func (e rowEdits) stepWords() string {
	words := string(e.change.Action)
	if e.change.OfferTo != "" {
		words += " to " + string(e.change.OfferTo)
	}
	if e.change.Reason != "" {
		words += ": " + string(e.change.Reason)
	}
	return words
}

// subRequest is the request of one kind of the sheet's commands.
func subRequest(request survey.Request, kind string) survey.Request {
	request.ID += "/" + kind
	return request
}
