package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store/survey"
)

// years gives the pages the national figures and the steps that make them
// final, and tells their errors apart in the pages' terms.
type years struct {
	*totals.Totals
	federation *federation.Federation
	editions   *survey.Editions
}

func (n *Node) years() years { return years{n.federation.Totals(), n.federation, n.records.Editions()} }

// National answers national figures; see totals.National. A certified table
// that does not follow from the registry here is an ErrNotReady.
func (y years) National(ctx context.Context, q survey.TotalsQuery) (survey.Totals, error) {
	out, err := y.Totals.National(ctx, q)
	return out, waits(err)
}

// Own returns this region's own figures.
func (y years) Own(cycle survey.Cycle) (web.OwnFigures, error) {
	own, err := y.Totals.Own(cycle, "")
	return web.OwnFigures(own), err
}

// Compare puts two years side by side.
func (y years) Compare(ctx context.Context, q survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error) {
	compared, err := y.Totals.Compare(ctx, q, against)
	if errors.Is(err, totals.ErrNotComparable) {
		err = fmt.Errorf("%w: %w", web.ErrNotComparable, err)
	}
	return compared, waits(err)
}

// Revisions are those of the cycle's figures.
func (y years) Revisions(cycle survey.Cycle) ([]survey.Revision, error) {
	return y.federation.Revisions(cycle)
}

// NationalTable is the table of a revision as it follows here.
func (y years) NationalTable(cycle survey.Cycle, revision int) (web.NationalTable, error) {
	table, _, hash, err := y.Table(cycle, revision)
	if err != nil {
		return web.NationalTable{}, waits(err)
	}
	definitions, err := y.editions.Definitions(table.Definitions)
	if err != nil {
		return web.NationalTable{}, err
	}
	out := web.NationalTable{Hash: hex.EncodeToString(hash[:]), Answers: table.Answers, Difference: table.Difference}
	for _, cell := range table.Cells {
		if metric, known := definitions.Metric(cell.Metric); known && metric.Headline && cell.Dimension == "" {
			out.Figures = append(out.Figures, figureOf(metric, cell))
		}
	}
	return out, nil
}

// figureOf reads a cell of the table as a figure.
func figureOf(metric survey.Metric, cell totals.TableCell) survey.Figure {
	f := survey.Figure{Metric: metric.ID, Unit: metric.Unit, Value: cell.Value, Contributors: cell.Contributors, Status: survey.FigureReported, Qualifier: survey.QualifierExact}
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

// waits marks an error that a later try may not have.
func waits(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []error{totals.ErrTable, totals.ErrNotFinal} {
		if errors.Is(err, known) {
			_, why, _ := strings.Cut(err.Error(), known.Error()+": ")
			return fmt.Errorf("%w: %w: %s", web.ErrNotReady, known, why)
		}
	}
	return err
}

// SignOff signs this region's final figures off.
func (y years) SignOff(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int) (survey.Outcome, error) {
	outcome, _, err := steps{y.federation}.signOff(ctx, request, cycle, revision)
	return outcome, waits(err)
}

// CoSign co-signs the table that follows here, if it is the one that was seen.
func (y years) CoSign(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, seen string) (survey.Outcome, error) {
	if seen == "" {
		return survey.Outcome{}, web.ErrTableChanged
	}
	outcome, _, err := steps{y.federation}.coSign(ctx, request, cycle, revision, seen)
	if errors.Is(err, errOtherTable) {
		err = web.ErrTableChanged
	}
	return outcome, waits(err)
}

// LetStand settles another region's part with what this node holds of it.
func (y years) LetStand(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region, reason survey.ReasonCode, words string) (survey.Outcome, error) {
	outcome, _, err := steps{y.federation}.letStand(ctx, request, cycle, revision, region, reason, words)
	if errors.Is(err, errNothingStands) {
		return survey.Outcome{}, fmt.Errorf("%w: %s", web.ErrNotReady, whyNothingStands(err, region))
	}
	return outcome, err
}

// MarkAbsent goes on without another region's figures.
func (y years) MarkAbsent(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region, reason survey.ReasonCode, words string) (survey.Outcome, error) {
	return y.federation.MarkAbsent(ctx, request, cycle, revision, region, reason, words)
}

// OpenRevision opens the next revision.
func (y years) OpenRevision(ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string) (survey.Outcome, error) {
	return y.federation.OpenRevision(ctx, request, cycle, reason, words)
}

// Proposals are what waits for a second region.
func (y years) Proposals() []survey.Proposal { return y.federation.Registry().Proposals() }

// Endorse consents to another region's proposal.
func (y years) Endorse(ctx context.Context, request survey.Request, number uint64, words string) (survey.Outcome, error) {
	return y.federation.Endorse(ctx, request, number, words)
}
