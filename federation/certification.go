package federation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// How long a sign-off waits for the records to follow the registry to the close.
const (
	followTimeout = 10 * time.Second
	followPause   = 50 * time.Millisecond
)

// certificationReader is what can be read of the revisions of a year's figures.
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
// decisions from the registry. A step about no revision is about the newest one.
// Every step leaves an entry in this node's own audit log, also if this node
// refuses it before it asks the others.
type Certification struct {
	certificationReader
	registry *registry.Registry
	totals   *totals.Totals
	editions *survey.Editions
	audit    auditor
}

// CertificationStep is what became of a step. Hash is that of what was signed:
// the region's figures, or the table; zero for other steps. Proposal is what
// waits for a second region, its number 0 if nothing does.
type CertificationStep struct {
	Outcome  survey.Outcome
	Revision int
	State    survey.RevisionState // of the revision, now
	Hash     [32]byte
	Proposal survey.Proposal
}

// OtherRegion is the region that a step settles, and why. Words stay in this
// node's audit log.
type OtherRegion struct {
	Revision *int
	Region   survey.Region
	Reason   survey.ReasonCode
	Words    string
}

// SignOff makes this region's final summary and puts it into the revision. It
// waits a while for the records, which follow the registry.
func (c Certification) SignOff(
	ctx context.Context, request survey.Request, cycle survey.Cycle, asked *int,
) (CertificationStep, error) {
	step := CertificationStep{}
	say := command{request, "certify.sign-off", string(cycle), ""}
	return c.take(ctx, say, cycle, asked, func(r survey.Revision, _ *command) (CertificationStep, error) {
		var summary []byte // none for a final revision: the registry refuses that in its own words
		if r.State != survey.RevisionCertified {
			var err error
			if summary, err = c.finalSummary(ctx, cycle, r.Revision); err != nil {
				return step, err
			}
			step.Hash = sha256.Sum256(summary)
		}
		var err error
		step.Outcome, err = c.registry.SignOff(ctx, request, cycle, r.Revision, summary)
		return step, err
	})
}

// CoSign derives the national table from the registry and co-signs it, if
// nothing speaks against it. A table that is named (hexadecimal) must be the one
// that follows here: otherwise it is refused with table-changed.
func (c Certification) CoSign(
	ctx context.Context, request survey.Request, cycle survey.Cycle, asked *int, table string,
) (CertificationStep, error) {
	step := CertificationStep{}
	say := command{request, "certify.co-sign", string(cycle), table}
	return c.take(ctx, say, cycle, asked, func(r survey.Revision, say *command) (CertificationStep, error) {
		if missing := missingOf(r); len(missing) > 0 {
			return step, survey.Refuse(survey.RefusedNotSettled, "the table is not complete: no sign-off of %s", listed(missing))
		}
		var err error
		if step.Hash, err = c.totals.CheckTable(cycle, r.Revision); err != nil {
			return step, err
		}
		say.words = hex.EncodeToString(step.Hash[:])
		if table != "" && table != say.words {
			return step, survey.Refuse(survey.RefusedTableChanged,
				"you name the table %.16s, here follows %.16s: it is not co-signed", table, say.words)
		}
		step.Outcome, err = c.registry.CoSign(ctx, request, cycle, r.Revision, step.Hash)
		return step, err
	})
}

// LetStand proposes, or consents, that a region's last signed summary stands.
// The summary is the one that this node holds; without one it is refused with
// nothing-stands.
func (c Certification) LetStand(
	ctx context.Context, request survey.Request, cycle survey.Cycle, what OtherRegion,
) (CertificationStep, error) {
	step := CertificationStep{}
	say := command{request, "certify.let-stand", string(cycle) + " " + string(what.Region), what.Words}
	return c.take(ctx, say, cycle, what.Revision, func(r survey.Revision, say *command) (CertificationStep, error) {
		say.object += " " + string(what.Region)
		summary, err := c.totals.LastSummary(cycle, what.Region)
		switch {
		case errors.Is(err, totals.ErrTwoSummaries):
			return step, survey.Refuse(survey.RefusedNothingStands,
				"%s signed two different summaries with one number, so neither can stand: go on without its figures", what.Region.Name())
		case errors.Is(err, survey.ErrNotFound):
			return step, survey.Refuse(survey.RefusedNothingStands,
				"this node holds no figures of %s that could stand: go on without them", what.Region.Name())
		case err != nil:
			return step, err
		}
		step.Hash = sha256.Sum256(summary)
		step.Outcome, err = c.registry.LetStand(ctx, request, cycle, r.Revision, what.Region, summary, what.Reason)
		return step, err
	})
}

// MarkAbsent proposes, or consents, to go on without a region's figures.
func (c Certification) MarkAbsent(
	ctx context.Context, request survey.Request, cycle survey.Cycle, what OtherRegion,
) (CertificationStep, error) {
	say := command{request, "certify.mark-absent", string(cycle) + " " + string(what.Region), what.Words}
	return c.take(ctx, say, cycle, what.Revision, func(r survey.Revision, say *command) (CertificationStep, error) {
		say.object += " " + string(what.Region)
		outcome, err := c.registry.MarkAbsent(ctx, request, cycle, r.Revision, what.Region, what.Reason)
		return CertificationStep{Outcome: outcome}, err
	})
}

// OpenRevision proposes, or consents, to open the next revision.
func (c Certification) OpenRevision(
	ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string,
) (CertificationStep, error) {
	asked := command{request, "certify.open-revision", string(cycle), words}
	outcome, err := c.audit.decide(ctx, asked, func() (survey.Outcome, error) {
		return c.registry.OpenRevision(ctx, request, cycle, reason)
	})
	if err != nil {
		return CertificationStep{}, err
	}
	step := CertificationStep{Outcome: outcome}
	if all, err := c.Revisions(cycle); err == nil && len(all) > 0 {
		step.Revision = all[len(all)-1].Revision
		if outcome.Decided == nil {
			step.Revision++ // it waits
		}
	}
	return c.stepped(step, cycle), nil
}

// take takes one step about a revision. What it is about is known only once the
// revision is found, so the step completes what the audit log says.
func (c Certification) take(
	ctx context.Context, say command, cycle survey.Cycle, asked *int,
	write func(survey.Revision, *command) (CertificationStep, error),
) (CertificationStep, error) {
	step, revision := CertificationStep{}, survey.Revision{}
	outcome, err := c.audit.decideAbout(ctx, &say, func() (survey.Outcome, error) {
		var err error
		if revision, err = c.revision(ctx, cycle, asked); err != nil {
			return survey.Outcome{}, err
		}
		say.object = edition(cycle, revision.Revision)
		step, err = write(revision, &say)
		return step.Outcome, err
	})
	if err != nil {
		return CertificationStep{}, err
	}
	step.Outcome, step.Revision = outcome, revision.Revision
	return c.stepped(step, cycle), nil
}

// stepped adds what the revision is now, and the proposal that waits.
func (c Certification) stepped(step CertificationStep, cycle survey.Cycle) CertificationStep {
	if p, open := openProposal(c.Proposals(), step.Outcome); open {
		step.Proposal = p
	}
	all, err := c.Revisions(cycle)
	if err != nil {
		return step // the step was taken; its state is left out
	}
	for _, r := range all {
		if r.Revision == step.Revision {
			step.State = r.State
		}
	}
	return step
}

// revision finds the revision that is meant, the newest if none is named. It
// sees what other regions decided up to now: a step after a close is one.
func (c Certification) revision(ctx context.Context, cycle survey.Cycle, asked *int) (survey.Revision, error) {
	if _, err := c.registry.Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
		return survey.Revision{}, err
	}
	all, err := c.Revisions(cycle)
	if err != nil {
		return survey.Revision{}, err
	}
	if len(all) == 0 {
		campaign, err := c.registry.Campaign(cycle)
		if err != nil {
			return survey.Revision{}, err
		}
		return survey.Revision{}, survey.Refuse(survey.RefusedCampaignNotClosed, "%s", unopened(campaign))
	}
	if asked == nil {
		return all[len(all)-1], nil
	}
	for _, r := range all {
		if r.Revision == *asked {
			return r, nil
		}
	}
	return survey.Revision{}, survey.Refuse(survey.RefusedUnknownRevision,
		"%s has the revisions 0 to %d", cycle, len(all)-1)
}

func unopened(c survey.Campaign) string {
	if c.State == survey.CampaignClosed || c.State == survey.CampaignCertified {
		return fmt.Sprintf("campaign %s was closed before there were revisions: open the first one", c.Cycle)
	}
	return fmt.Sprintf("figures become final after the campaign's close: campaign %s is %s", c.Cycle, c.State)
}

// finalSummary waits a while for the records, which follow the registry.
func (c Certification) finalSummary(ctx context.Context, cycle survey.Cycle, revision int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	for {
		summary, err := c.totals.FinalSummary(cycle, revision)
		if !errors.Is(err, survey.RefusedNotFinal) || !sleep(ctx, followPause) {
			return summary, err
		}
	}
}

// NationalTable is the table of one revision as it follows at this node from
// the registry alone: what is co-signed. Hash is hexadecimal; Difference the
// registry's answers less those that the regions counted.
type NationalTable struct {
	Hash       string
	Figures    []survey.Figure
	Answers    int64
	Difference int64
}

// NationalTable returns the headline figures of a revision's table.
func (c Certification) NationalTable(cycle survey.Cycle, revision int) (NationalTable, error) {
	table, _, hash, err := c.totals.Table(cycle, revision)
	if err != nil {
		return NationalTable{}, err
	}
	definitions, err := c.editions.Definitions(table.Definitions)
	if err != nil {
		return NationalTable{}, err
	}
	out := NationalTable{Hash: hex.EncodeToString(hash[:]), Answers: table.Answers, Difference: table.Difference}
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
	if !cell.Exact {
		f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{Lower: cell.Lower}
		if cell.Upper >= 0 {
			f.Bounds.Upper = &cell.Upper
		}
		if cell.Lower < cell.Value {
			f.Qualifier = survey.QualifierEstimated
		}
	}
	return f
}

// Published returns a certified revision as a file that [VerifyPublished]
// verifies without a node, the newest certified one if none is named. The errors
// are those of [totals.Totals.Published]; it waits for this node's disk only.
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

// disputes names the revisions whose regions derived different tables, with who
// derived which.
func (c Certification) disputes() []string {
	var out []string
	for _, campaign := range c.registry.Campaigns() {
		revisions, err := c.Revisions(campaign.Cycle)
		if err != nil {
			continue // a campaign that is listed has them
		}
		for _, r := range revisions {
			if r.State == survey.RevisionDisputed {
				out = append(out, fmt.Sprintf("%s (%s)", edition(r.Cycle, r.Revision), r.Tables()))
			}
		}
	}
	return out
}

// missingOf are the regions of the revision that are not settled yet.
func missingOf(r survey.Revision) []survey.Region {
	return slices.DeleteFunc(slices.Clone(r.Regions), func(region survey.Region) bool {
		return slices.ContainsFunc(r.Settled, func(s survey.Settled) bool { return s.Region == region })
	})
}

func listed(regions []survey.Region) string {
	text := ""
	for i, region := range regions {
		if i > 0 {
			text += ", "
		}
		text += string(region)
	}
	return text
}

func edition(cycle survey.Cycle, revision int) string {
	return fmt.Sprintf("%s revision %d", cycle, revision)
}
