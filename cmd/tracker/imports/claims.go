package imports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// workbookImport gathers what the import of a national workbook needs besides the organisations.
type workbookImport struct {
	cycle   survey.Cycle
	columns sheet.Workbook
	said    map[int]sheet.WorkbookRow // by row
	rows    []workbookRow             // whose organisation is known
}

type workbookRow struct {
	sheet.WorkbookRow
	number       int
	organisation survey.Identifier
}

// read keeps everything in a row except its organisation.
func (w *workbookImport) read(row sheet.Row) []sheet.Problem {
	said, problems := w.columns.Row(row)
	w.said[row.Number] = said
	return problems
}

// about notes the organisation of a row. A dry run does not know the new ones.
func (w *workbookImport) about(row sheet.Row, id survey.Identifier) {
	w.rows = append(w.rows, workbookRow{WorkbookRow: w.said[row.Number], number: row.Number, organisation: id})
}

// workbookSummary is the result of importing a workbook, and its JSON.
type workbookSummary struct {
	Organisations Summary               `json:"organisations"`
	Region        survey.Region         `json:"region"`
	Ours          int                   `json:"ours"`
	Claimed       int                   `json:"claimed"`
	Stepped       int                   `json:"stepped"`
	Refused       []workbookRefusal     `json:"refused_claims"`
	Others        map[survey.Region]int `json:"others"`
	Reported      int                   `json:"reported"`
}

type workbookRefusal struct {
	Row          int               `json:"row"`
	Organisation survey.Identifier `json:"organisation"`
	Problem      *survey.Refusal   `json:"problem"`
}

func (im *importer) runWorkbook(ctx context.Context, out cli.Format, rejects string) error {
	if err := im.register(ctx, rejects); err != nil {
		return err
	}

	region, err := im.ownRegion(ctx)
	if err != nil {
		return err
	}

	result := workbookSummary{Organisations: im.summary, Region: region,
		Refused: []workbookRefusal{}, Others: map[survey.Region]int{}}

	var ours []workbookRow
	// Only a region itself may claim, so the others' rows are merely kept.
	for _, r := range im.workbook.rows {
		if r.Holder == region {
			ours = append(ours, r)
		} else {
			result.Others[r.Holder]++
		}
	}

	result.Ours = len(ours)
	if !im.dryRun {
		open, err := im.campaignOpen(ctx)
		if err != nil {
			return err
		}
		if !open {
			im.Say("The campaign of %s is not open: nothing is claimed, and every row is kept as reported.",
				im.workbook.cycle)
			ours = nil
		}

		if err := im.claimOurs(ctx, ours, &result); err != nil {
			return fmt.Errorf("%w %s", err, im.resume())
		}
		if err := im.keepReported(ctx, &result); err != nil {
			return fmt.Errorf("%w %s", err, im.resume())
		}
	}
	return im.reportWorkbook(out, result)
}

func (im *importer) campaignOpen(ctx context.Context) (bool, error) {
	campaign, _, err := cli.Decoded[survey.Campaign](im.client.Get(ctx, cli.CampaignPath(im.workbook.cycle), nil))
	if errors.Is(err, survey.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the campaign of %s: %w", im.workbook.cycle, err)
	}
	return campaign.State == survey.CampaignOpen, nil
}

// claimOurs claims this region's rows in the open campaign and takes each claim one step. It leaves
// a claim that has moved on already.
func (im *importer) claimOurs(ctx context.Context, ours []workbookRow, result *workbookSummary) error {
	cycle := im.workbook.cycle
	for part := range slices.Chunk(ours, cli.ClaimBatch) {
		ids := make([]survey.Identifier, len(part))
		for i, r := range part {
			ids[i] = r.organisation
		}

		body := api.IdentifierBatch{Organisations: survey.Codes(ids)}
		outcomes, err := im.batch(ctx, cli.ClaimsPath(cycle)+":batch", body, len(part))
		if err != nil {
			return fmt.Errorf("claim this region's companies: %w", err)
		}

		var changes []survey.ClaimChange
		var changed []workbookRow
		for i, outcome := range outcomes {
			if outcome.Refusal != nil {
				result.Refused = append(result.Refused, workbookRefusal{part[i].number, ids[i], outcome.Refusal})
				continue
			}

			result.Claimed++
			step := part[i].Step()

			// Somebody has worked on the claim since, and knows more than an old workbook.
			if step == "" || outcome.Claim == nil || outcome.Claim.State != survey.Claimed {
				continue
			}

			change := survey.ClaimChange{Organisation: ids[i], Action: step, Token: outcome.Claim.Token}
			if step != survey.ActionContact {
				change.Reason = survey.ReasonOther
			}
			changes, changed = append(changes, change), append(changed, part[i])
		}

		if len(changes) == 0 {
			continue
		}
		outcomes, err = im.batch(ctx, cli.ClaimsPath(cycle)+":change", map[string]any{"changes": changes}, len(changes))
		if err != nil {
			return fmt.Errorf("take this region's claims to their states: %w", err)
		}

		for i, outcome := range outcomes {
			if outcome.Refusal != nil {
				refused := workbookRefusal{changed[i].number, changes[i].Organisation, outcome.Refusal}
				result.Refused = append(result.Refused, refused)
				continue
			}
			result.Stepped++
		}
	}
	return nil
}

// keepReported keeps every row in this region's own records, all or none.
func (im *importer) keepReported(ctx context.Context, result *workbookSummary) error {
	if len(im.workbook.rows) == 0 {
		return nil
	}

	var text bytes.Buffer
	list := sheet.NewWriter(&text)
	list.Row("Identifier", "cycle", "region", "state", "date", "outcome")
	for _, r := range im.workbook.rows {
		list.Row(string(r.organisation), string(im.workbook.cycle), string(r.Holder), r.State, r.Date, r.Outcome)
	}

	if err := list.Flush(); err != nil {
		return fmt.Errorf("keep what the workbook reports: %w", err)
	}

	// It goes through the import of lists, so that it can be undone like any of those.
	kept := &listImport{Invocation: im.Invocation, kind: string(survey.RecordReported), path: im.path}
	done, err := kept.take(ctx, im.client, text.Bytes())
	if err != nil {
		return fmt.Errorf("keep what the workbook reports: %w", err)
	}
	result.Reported = done.Added + done.Updated + done.Known
	return nil
}

func (im *importer) reportWorkbook(out cli.Format, result workbookSummary) error {
	im.tellProblems()
	for i, r := range result.Refused {
		if i < shownProblems {
			im.Say("refused: row %d: %s: %s", r.Row, r.Organisation, r.Problem.Error())
		}
	}

	t := im.summaryTable()
	t.Add("this region's rows", strconv.Itoa(result.Ours))
	t.Add("claimed", strconv.Itoa(result.Claimed))
	t.Add("taken to their state", strconv.Itoa(result.Stepped))
	t.Add("claims refused", strconv.Itoa(len(result.Refused)))

	// Said as one number: the JSON has them by region.
	others := 0
	for _, n := range result.Others {
		others += n
	}
	t.Add("other regions' rows", strconv.Itoa(others))
	t.Add("kept as reported", strconv.Itoa(result.Reported))

	if err := im.Print(out, result, t, ""); err != nil {
		return err
	}
	if im.dryRun {
		im.Say("It was a dry run: nothing was changed. New companies are not included in the regions' rows.")
	}
	if s := im.summary; s.Refused+s.Duplicates+s.Repeated+len(result.Refused) > 0 {
		return cli.ErrFindings
	}
	return nil
}
