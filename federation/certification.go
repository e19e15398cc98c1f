package federation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// How long a sign-off waits for the records to follow the registry to the close.
const (
	followTimeout = 10 * time.Second
	followPause   = 50 * time.Millisecond
)

// certificationReader reads the revisions of a year's figures.
type certificationReader interface {
	// Revisions returns every revision, the first one first.
	Revisions(survey.Cycle) ([]survey.Revision, error)
	// Certified returns the newest revision that is final.
	Certified(survey.Cycle) (survey.Revision, bool)
	// SignedSummary returns the bytes that settled the region's part.
	SignedSummary(cycle survey.Cycle, revision int, region survey.Region) ([]byte, error)
	Proposals() []survey.Proposal
}

// Certification makes a year's figures final: figures come from the totals,
// decisions from the registry. A nil revision is the newest. Every step leaves an
// entry in this node's own audit log, also if this node refuses it before it asks
// the others.
type Certification struct {
	certificationReader
	door
	totals   *totals.Totals
	editions *survey.Editions
}

type certificationStep = survey.CertificationStep

// SignOff makes this region's final summary and adds it to the revision. It
// waits up to 10 s for the records, which follow the registry.
func (c Certification) SignOff(
	ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int,
) (certificationStep, error) {
	what := survey.OtherRegion{Revision: revision}
	return c.take(ctx, request, "certify.sign-off", cycle, &what,
		func(r survey.Revision, step *certificationStep) error {
			// A final revision needs no summary: the registry refuses it in its own words.
			var summary []byte
			var err error
			if r.State != survey.RevisionCertified {
				if summary, err = c.finalSummary(ctx, cycle, r.Revision); err != nil {
					return err
				}
				step.Hash = sha256.Sum256(summary)
			}

			step.Outcome, err = c.registry.SignOff(ctx, request, cycle, r.Revision, summary)
			return err
		})
}

// CoSign derives the national table from the registry and co-signs it, unless a
// region's sign-off is missing. A table that is named (hexadecimal) must be the
// one that follows here: otherwise the step is refused with table-changed.
func (c Certification) CoSign(
	ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int, table string,
) (certificationStep, error) {
	what := survey.OtherRegion{Revision: revision, Words: table}
	return c.take(ctx, request, "certify.co-sign", cycle, &what,
		func(r survey.Revision, step *certificationStep) error {
			if missing := r.Missing(); len(missing) > 0 {
				return survey.Refuse(survey.RefusedNotSettled, "the table is not complete: no sign-off of %s",
					survey.List(missing))
			}

			var err error
			if step.Hash, err = c.totals.CheckTable(cycle, r.Revision); err != nil {
				return err
			}
			what.Words = hex.EncodeToString(step.Hash[:])
			if table != "" && table != what.Words {
				return survey.Refuse(survey.RefusedTableChanged,
					"you name the table %.16s, here follows %.16s: it is not co-signed", table, what.Words)
			}

			step.Outcome, err = c.registry.CoSign(ctx, request, cycle, r.Revision, step.Hash)
			return err
		})
}

// LetStand proposes, or consents, that a region's last signed summary stands.
// The summary is the one that this node holds; without one it is refused with
// nothing-stands.
func (c Certification) LetStand(
	ctx context.Context, request survey.Request, cycle survey.Cycle, what survey.OtherRegion,
) (certificationStep, error) {
	return c.take(ctx, request, "certify.let-stand", cycle, &what,
		func(r survey.Revision, step *certificationStep) error {
			summary, err := c.totals.LastSummary(cycle, what.Region)
			switch {
			case errors.Is(err, totals.ErrTwoSummaries):
				return survey.Refuse(survey.RefusedNothingStands,
					"%s signed two different summaries with one number, so neither can stand: go on without its figures",
					what.Region.Name())
			case errors.Is(err, survey.ErrNotFound):
				return survey.Refuse(survey.RefusedNothingStands,
					"this node holds no figures of %s that could stand: go on without them", what.Region.Name())
			case err != nil:
				return err
			}

			step.Hash = sha256.Sum256(summary)
			step.Outcome, err = c.registry.LetStand(ctx, request, cycle, r.Revision, what.Region, summary, what.Reason)
			return err
		})
}

// MarkAbsent proposes, or consents, to go on without a region's figures.
func (c Certification) MarkAbsent(
	ctx context.Context, request survey.Request, cycle survey.Cycle, what survey.OtherRegion,
) (certificationStep, error) {
	return c.take(ctx, request, "certify.mark-absent", cycle, &what,
		func(r survey.Revision, step *certificationStep) (err error) {
			step.Outcome, err = c.registry.MarkAbsent(ctx, request, cycle, r.Revision, what.Region, what.Reason)
			return err
		})
}

// OpenRevision proposes, or consents, to open the next revision.
func (c Certification) OpenRevision(
	ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string,
) (certificationStep, error) {
	asked := c.asked(request, "certify.open-revision", string(cycle), words)
	outcome, err := asked.decided(c.registry.OpenRevision(ctx, request, cycle, reason))
	if err != nil {
		return certificationStep{}, err
	}

	revision := 0
	if all, err := c.Revisions(cycle); err == nil && len(all) > 0 {
		revision = all[len(all)-1].Revision
		if outcome.Decided == nil {
			revision++ // it waits for a second region
		}
	}
	return c.stepped(certificationStep{Outcome: outcome, Revision: revision}, cycle), nil
}

// take carries out one step about a revision. The step may change the words of the audit entry,
// because that is written last.
func (c Certification) take(
	ctx context.Context, request survey.Request, action string, cycle survey.Cycle, what *survey.OtherRegion,
	carryOut func(survey.Revision, *certificationStep) error,
) (certificationStep, error) {
	var step certificationStep
	object := string(cycle)
	revision, err := c.revision(ctx, cycle, what.Revision)
	if err == nil {
		object, step.Revision = edition(cycle, revision.Revision), revision.Revision
		err = carryOut(revision, &step)
	}

	if what.Region != "" {
		object += " " + string(what.Region)
	}
	step.Outcome, err = c.asked(request, action, object, what.Words).decided(step.Outcome, err)
	if err != nil {
		return certificationStep{}, err
	}
	return c.stepped(step, cycle), nil
}

// stepped adds the present state of the revision, and the proposal that waits.
func (c Certification) stepped(step certificationStep, cycle survey.Cycle) certificationStep {
	if p, open := openProposal(c.Proposals(), step.Outcome); open {
		step.Proposal = p
	}

	// The step was taken: if its state cannot be read, it is left out.
	all, _ := c.Revisions(cycle)
	for _, r := range all {
		if r.Revision == step.Revision {
			step.State = r.State
		}
	}
	return step
}

// revision finds the revision that is asked for, the newest if none is named. It
// first waits for what other regions decided up to now, such as the close.
func (c Certification) revision(ctx context.Context, cycle survey.Cycle, asked *int) (survey.Revision, error) {
	var none survey.Revision
	if _, err := c.registry.Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
		return none, err
	}
	all, err := c.Revisions(cycle)
	if err != nil {
		return none, err
	}

	if len(all) == 0 {
		campaign, err := c.registry.Campaign(cycle)
		if err != nil {
			return none, err
		}
		return none, survey.Refuse(survey.RefusedCampaignNotClosed, "%s", unopened(campaign))
	}

	if asked == nil {
		return all[len(all)-1], nil
	}
	for _, r := range all {
		if r.Revision == *asked {
			return r, nil
		}
	}
	return none, survey.Refuse(survey.RefusedUnknownRevision, "%s has the revisions 0 to %d", cycle, len(all)-1)
}

func unopened(c survey.Campaign) string {
	if c.State == survey.CampaignClosed || c.State == survey.CampaignCertified {
		return fmt.Sprintf("campaign %s was closed before there were revisions: open the first one", c.Cycle)
	}
	return fmt.Sprintf("figures become final after the campaign's close: campaign %s is %s", c.Cycle, c.State)
}

// finalSummary waits up to 10 s for the records, which follow the registry.
func (c Certification) finalSummary(ctx context.Context, cycle survey.Cycle, revision int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	for {
		summary, err := c.totals.FinalSummary(cycle, revision)
		if !errors.Is(err, survey.RefusedNotFinal) || !notifier.Pause(ctx, followPause) {
			return summary, err
		}
	}
}

// NationalTable returns the headline figures of a revision's table as it follows
// at this node from the registry alone.
func (c Certification) NationalTable(cycle survey.Cycle, revision int) (survey.NationalTable, error) {
	table, _, hash, err := c.totals.Table(cycle, revision)
	if err != nil {
		return survey.NationalTable{}, err
	}
	definitions, err := c.editions.Definitions(table.Definitions)
	if err != nil {
		return survey.NationalTable{}, err
	}

	out := survey.NationalTable{Hash: hex.EncodeToString(hash[:]), Answers: table.Answers, Difference: table.Difference}
	for _, cell := range table.Cells {
		if metric, known := definitions.Metric(cell.Metric); known && metric.Headline && cell.Dimension == "" {
			out.Figures = append(out.Figures, figureOf(metric, cell))
		}
	}
	return out, nil
}

// figureOf reads a cell of the table as a figure.
func figureOf(metric survey.Metric, cell totals.TableCell) survey.Figure {
	f := survey.Figure{Metric: metric.ID, Unit: metric.Unit, Value: cell.Value, Contributors: cell.Contributors,
		Status: survey.FigureReported, Qualifier: survey.QualifierExact}
	if cell.Exact {
		return f
	}

	f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{Lower: cell.Lower}
	if cell.Upper >= 0 {
		f.Bounds.Upper = &cell.Upper
	}
	if cell.Lower < cell.Value {
		f.Qualifier = survey.QualifierEstimated
	}
	return f
}

// Published returns a certified revision as a file that [VerifyPublished]
// verifies without a node, the newest certified one if none is named. The errors
// are those of [totals.Totals.Published]. It waits for this node's disk only.
func (c Certification) Published(ctx context.Context, cycle survey.Cycle, asked *int) ([]byte, error) {
	if asked == nil {
		newest, certified := c.Certified(cycle)
		if !certified {
			return nil, fmt.Errorf("publish %s: nothing is certified for this cycle yet: %w", cycle, survey.ErrNotFound)
		}
		asked = &newest.Revision
	}
	return c.totals.Published(cycle, *asked, func(number, at uint64) (json.RawMessage, error) {
		return c.registry.ReceiptAt(ctx, number, at)
	}, coSigned)
}

// disputes names the revisions whose regions derived different tables, and says
// which region derived which.
func (c Certification) disputes() []string {
	var out []string
	for _, campaign := range c.registry.Campaigns() {
		revisions, _ := c.Revisions(campaign.Cycle) // a listed campaign has them
		for _, r := range revisions {
			if r.State == survey.RevisionDisputed {
				out = append(out, fmt.Sprintf("%s (%s)", edition(r.Cycle, r.Revision), r.Tables()))
			}
		}
	}
	return out
}

// edition names a revision in the audit log and in messages.
func edition(cycle survey.Cycle, revision int) string {
	return fmt.Sprintf("%s revision %d", cycle, revision)
}
