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

// support notes a row that names this region among its supporters.
func (im *importer) support(r importRow) {
	if im.supported != "" && r.outcome.Refusal == nil && slices.Contains(r.listed.Supporting, im.region) {
		im.supporting = append(im.supporting, r)
	}
}

// sendSupported reports whom this region supported in the cycle. No region can do so for another.
func (im *importer) sendSupported(ctx context.Context) error {
	if im.dryRun {
		im.summary.Supported = len(im.supporting)
		return nil
	}

	// Rows of organisations that this region has reported before are accepted again.
	path := cli.CampaignPath(im.supported) + "/supported"
	for rows := range slices.Chunk(im.supporting, importBatch) {
		ids := make([]survey.Identifier, len(rows))
		for i, r := range rows {
			ids[i] = r.outcome.ID
		}

		outcomes, err := im.batch(ctx, path, api.IdentifierBatch{Organisations: survey.Codes(ids)}, len(rows))
		if err != nil {
			return fmt.Errorf("report whom this region supported in %s: %w", im.supported, err)
		}

		for i, outcome := range outcomes {
			switch {
			// The organisation itself is registered, so this is a warning and no refusal of the
			// row.
			case outcome.Refusal != nil:
				text := fmt.Sprintf("not noted as supported in %s: %s", im.supported, outcome.Refusal.Error())
				im.problem(rows[i].row, problemAt(rows[i].row, sheet.Warning, text), nil)
			case outcome.Status == survey.OutcomeCreated:
				im.summary.Supported++
			}
		}
	}
	return nil
}
