package imports

import (
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// support notes a row that names this region among those who support it.
func (im *importer) support(r importRow) {
	if im.supported != "" && r.outcome.Refusal == nil && slices.Contains(r.listed.Supporting, im.region) {
		im.supporting = append(im.supporting, r)
	}
}

// sendSupported says for this region whom it supported in the cycle. Nobody can
// say it for another.
func (im *importer) sendSupported(ctx context.Context) error {
	if im.dryRun {
		im.summary.Supported = len(im.supporting)
		return nil
	}
	path := cli.CampaignPath(im.supported) + "/supported"
	for rows := range slices.Chunk(im.supporting, importBatch) {
		ids := make([]survey.Identifier, len(rows))
		for i, r := range rows {
			ids[i] = r.outcome.ID
		}
		outcomes, err := im.batch(ctx, path, api.IdentifierBatch{Organisations: cli.Texts(ids)}, len(rows))
		if err != nil {
			return fmt.Errorf("say whom this region supported in %s: %w", im.supported, err)
		}
		for i, outcome := range outcomes {
			switch {
			case outcome.Refusal != nil:
				im.problem(rows[i].row, sheet.Problem{Row: rows[i].row.Number, Line: rows[i].row.Line, Severity: sheet.Warning,
					Text: fmt.Sprintf("not noted as supported in %s: %s", im.supported, outcome.Refusal.Error())}, nil)
			case outcome.Status == survey.OutcomeCreated:
				im.summary.Supported++
			}
		}
	}
	return nil
}
