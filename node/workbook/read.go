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
func (b Workbook) Read(ctx context.Context, request survey.Request, cycle survey.Cycle, table *sheet.Table,
	today string, dryRun bool) ([]survey.WorkbookEdit, error) {
	place, err := places(table.Header())
	if err != nil {
		return nil, err
	}

	s := &sending{Workbook: b, request: request, cycle: cycle, results: []survey.WorkbookEdit{}}
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
			refused = append(refused, e.refuse("the row", "the company is already in row %d: its edits count", first))
			e = rowEdits{}
		} else if e.id != "" {
			seen[e.id] = r.Number
		}

		s.results = append(s.results, refused...)
		if e.asks() {
			s.rows = append(s.rows, e)
		}
		if len(s.rows) > maxEdits {
			return nil, survey.Invalid("the workbook has more than %d edited rows: import them in parts; nothing was changed",
				maxEdits)
		}
	}

	if err := s.send(ctx, dryRun); err != nil {
		return nil, err
	}
	slices.SortStableFunc(s.results, func(x, y survey.WorkbookEdit) int { return x.Row - y.Row })
	return s.results, nil
}

// asks reports whether the row has an edit to send.
func (e rowEdits) asks() bool { return len(e.facts) > 0 || e.claim || e.change.Action != "" }

// refuse returns the refusal of one edit of the row.
func (e rowEdits) refuse(edit, format string, args ...any) survey.WorkbookEdit {
	return survey.WorkbookEdit{Row: e.number, Organisation: e.id, Edit: edit, Status: survey.OutcomeRefused,
		Problem: fmt.Sprintf(format, args...)}
}

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
			return nil, survey.Invalid("the sheet has no column %q: is it a workbook that was exported here?", name)
		}
		place[name] = i
	}
	return place, nil
}

// sending are the edits of one sheet on their way to the registry, and the
// results so far.
type sending struct {
	Workbook
	request survey.Request
	cycle   survey.Cycle
	rows    []rowEdits
	results []survey.WorkbookEdit
}

// send sends the edits, each kind as one list under a request id of its own, so that the same sheet
// sent again gets the same results.
func (s *sending) send(ctx context.Context, dryRun bool) error {
	if dryRun {
		for _, e := range s.rows {
			expected := s.forecast(s.cycle, e)
			for _, command := range e.words() {
				s.add(e, command, expected)
			}
		}
		return nil
	}

	if err := s.sendFacts(ctx); err != nil {
		return err
	}

	// Steps come last, because some of them follow a claim of the same sheet.
	granted, err := s.sendClaims(ctx)
	if err != nil {
		return err
	}
	return s.sendSteps(ctx, granted)
}

// add adds the outcome of one command to the results.
func (s *sending) add(e rowEdits, edit string, o survey.Outcome) {
	r := survey.WorkbookEdit{Row: e.number, Organisation: e.id, Edit: edit, Status: o.Status}
	if o.Refusal != nil {
		r.Problem = o.Refusal.Error()
	}
	s.results = append(s.results, r)
}

func (s *sending) sendFacts(ctx context.Context) error {
	var asked []rowEdits
	var adds []survey.NewOrganisation
	for _, e := range s.rows {
		if len(e.facts) > 0 {
			asked, adds = append(asked, e), append(adds, e.update)
		}
	}

	if len(adds) == 0 {
		return nil
	}

	outcomes, err := s.Registry.AddOrganisations(ctx, subRequest(s.request, "facts"), adds)
	if err != nil {
		return err
	}

	// The facts of a row are one command, so each of them has its outcome.
	for i, o := range outcomes {
		for _, fact := range asked[i].facts {
			s.add(asked[i], fact, o)
		}
	}
	return nil
}

// sendClaims returns the tokens of the claims that this region has now.
func (s *sending) sendClaims(ctx context.Context) (map[survey.Identifier]uint64, error) {
	granted := map[survey.Identifier]uint64{}
	var asked []rowEdits
	var ids []survey.Identifier
	for _, e := range s.rows {
		if e.claim {
			asked, ids = append(asked, e), append(ids, e.id)
		}
	}

	if len(ids) == 0 {
		return granted, nil
	}

	outcomes, err := s.Registry.Claim(ctx, subRequest(s.request, "claims"), s.cycle, ids)
	if err != nil {
		return nil, err
	}

	for i, o := range outcomes {
		s.add(asked[i], "claim", o)
		if o.Claim != nil && o.Claim.Region == s.Region {
			granted[asked[i].id] = o.Claim.Token
		}
	}
	return granted, nil
}

func (s *sending) sendSteps(ctx context.Context, granted map[survey.Identifier]uint64) error {
	var asked []rowEdits
	var changes []survey.ClaimChange
	for _, e := range s.rows {
		if e.change.Action == "" {
			continue
		}

		// A step that follows a claim needs the token of that claim.
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

	outcomes, err := s.Registry.ChangeClaims(ctx, subRequest(s.request, "steps"), s.cycle, changes)
	if err != nil {
		return err
	}

	for i, o := range outcomes {
		s.add(asked[i], asked[i].stepWords(), o)
	}
	return nil
}

// forecast returns what this node expects to become of a row: an edit of a claim that changed since
// the export will be refused. Only the registry decides.
func (b Workbook) forecast(cycle survey.Cycle, e rowEdits) survey.Outcome {
	now := b.claim(cycle, e.id)
	var refusal *survey.Refusal
	switch {
	case e.claim && now.Region != "" && now.Region != b.Region:
		refusal = &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: now.Region, Since: now.ClaimedAt}
	case !e.claim && e.change.Token != 0 && e.change.Token != now.Token:
		refusal = &survey.Refusal{Code: survey.RefusedStaleToken,
			Detail: "the claim changed since the workbook was exported: export it again and look"}
	default:
		return survey.Outcome{Status: survey.OutcomePlanned}
	}
	return survey.Outcome{Status: survey.OutcomeRefused, Refusal: refusal}
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
