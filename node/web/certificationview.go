package web

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// certificationView is where a year stands on its way to final figures.
type certificationView struct {
	Campaign  survey.Campaign
	Revision  *survey.Revision // the newest
	Tag       tag
	Stands    string   // in words
	Next      []string // what to do
	Parts     []partRow
	Missing   []survey.Region // that others may settle
	Own       *ownView
	MaySign   bool // our figures are not signed off
	Table     *tableView
	NoTable   string
	MayCoSign bool
	MayRevise bool
	Reasons   []survey.ReasonCode
	Proposals []proposalView
	Earlier   []revisionRow // every revision, the newest first
	Done      string
	Typed     typedStep
}

// typedStep is the input of a form that is shown again.
type typedStep struct {
	Region survey.Region
	How    string
	Reason survey.ReasonCode
	Words  string
}

// partRow is one region's part in the revision.
type partRow struct {
	Name     string
	Sign     tag
	SignNote string
	Co       tag
	CoNote   string
	Ours     bool
}

// ownView is the region's own figures as they left, beside those of now.
type ownView struct {
	Rows      []ownRow
	AnswersIn int64
	Released  int64
	Late      int64
	Final     bool
}

// ownRow is one figure; Untold is the part of it that is not published.
type ownRow struct{ Label, Released, Live, Change, Untold, Note string }

// tableView is the national table that follows here.
type tableView struct {
	Hash       string
	Rows       []figureRow
	Answers    int64
	Difference int64
}

type revisionRow struct {
	Number      int
	State       tag
	Opened      time.Time
	Certified   time.Time
	Reason      survey.ReasonCode
	Table       string
	IsCertified bool
}

var revisionTags = map[survey.RevisionState]tag{
	survey.RevisionCollecting: {"Collecting sign-offs", "nhsuk-tag--blue"},
	survey.RevisionSigned:     {"Collecting co-signatures", "nhsuk-tag--aqua-green"},
	survey.RevisionDisputed:   {"Different tables", "nhsuk-tag--red"},
	survey.RevisionCertified:  {"Final", "nhsuk-tag--green"},
}

func (h *certificationPages) certificationOf(campaign survey.Campaign) (certificationView, error) {
	view := certificationView{Campaign: campaign, Reasons: survey.CertificationReasons(),
		Proposals: proposalsFor(h.proposals.Proposals(), h.Region, campaign.Cycle, true)}
	revisions, err := h.certification.Revisions(campaign.Cycle)
	if err != nil {
		return view, err
	}
	for _, r := range slices.Backward(revisions) {
		view.Earlier = append(view.Earlier, rowOfRevision(r))
	}

	// Nobody has begun to make the figures final.
	switch closed := campaign.State != survey.CampaignOpen && campaign.State != survey.CampaignPlanned; {
	case len(revisions) == 0 && closed:
		view.Tag, view.MayRevise = tag{"Closed", "nhsuk-tag--white"}, true
		view.Stands = "The survey is closed, and nobody has begun to make its figures final."
		view.Next = []string{"Open a revision below: then each AHSN signs off its figures here."}
		return view, nil
	case len(revisions) == 0:
		view.Tag = tag{"Not closed", "nhsuk-tag--white"}
		view.Stands = "The survey is " + openWords(h.Clock, campaign) + ". Its figures become final after its close."
		view.Next = []string{"When the survey is over, two AHSNs close it. Then each AHSN signs off its figures here."}
		return view, nil
	}

	last := revisions[len(revisions)-1]
	view.Revision, view.Tag = &last, revisionTags[last.State]
	view.describeParts(last, h.base)
	if err := h.describeOwn(&view, last); err != nil {
		return view, err
	}
	if err := h.describeTable(&view, last); err != nil {
		return view, err
	}
	view.guide(last, h.Region)
	return view, nil
}

func rowOfRevision(r survey.Revision) revisionRow {
	row := revisionRow{Number: r.Revision, State: revisionTags[r.State], Opened: r.OpenedAt, Certified: r.CertifiedAt,
		Reason: r.Reason, IsCertified: r.State == survey.RevisionCertified}
	if row.IsCertified {
		row.Table = fmt.Sprintf("%x", r.Table)
	}
	return row
}

func settledIn(r survey.Revision, region survey.Region) (survey.Settled, bool) {
	return first(r.Settled, func(s survey.Settled) bool { return s.Region == region })
}

func coSignedBy(r survey.Revision, region survey.Region) (survey.CoSignature, bool) {
	return first(r.CoSigned, func(c survey.CoSignature) bool { return c.Region == region })
}

// describeParts lists the regions in the Network's order.
func (v *certificationView) describeParts(r survey.Revision, b base) {
	for _, region := range inOrder(r.Regions) {
		row := partRow{Name: region.Name(), Ours: region == b.Region, Sign: tag{"Missing", "nhsuk-tag--yellow"},
			Co: tag{"Not yet", "nhsuk-tag--white"}}
		settled, ok := settledIn(r, region)
		switch {
		case !ok && region != b.Region:
			v.Missing = append(v.Missing, region)
		case settled.How == survey.SettledSigned:
			row.Sign, row.SignNote = tag{"Signed off", "nhsuk-tag--green"}, b.When(settled.At)
		case settled.How == survey.SettledStands:
			row.Sign, row.SignNote = tag{"Last figures stand", "nhsuk-tag--orange"}, unsigned(settled)
		case settled.How == survey.SettledAbsent:
			row.Sign, row.SignNote = tag{"Absent", "nhsuk-tag--red"}, unsigned(settled)
		}

		if signed, ok := coSignedBy(r, region); ok {
			row.Co, row.CoNote = tag{"Co-signed", "nhsuk-tag--green"}, b.When(signed.At)
			if r.State == survey.RevisionDisputed || r.State == survey.RevisionCertified && signed.Table != r.Table {
				row.Co.Colour, row.CoNote = "nhsuk-tag--red", fmt.Sprintf("table %.8x, %s", signed.Table, row.CoNote)
			}
		}
		v.Parts = append(v.Parts, row)
	}
}

// unsigned says which regions settled the part of one that did not sign off, how and
// why, "" if it did.
func unsigned(s survey.Settled) string {
	did := map[survey.SettledHow]string{survey.SettledStands: "let them stand",
		survey.SettledAbsent: "went on without it"}[s.How]
	if did == "" {
		return ""
	}
	return fmt.Sprintf("%s and %s %s: %s", s.By.Name(), s.EndorsedBy.Name(), did,
		page.LowerFirst(reasonWords(s.Reason)))
}

// inOrder puts regions in the Network's order, unknown ones last.
func inOrder(regions []survey.Region) []survey.Region {
	out := make([]survey.Region, 0, len(regions))
	for _, info := range survey.Regions() {
		if slices.Contains(regions, info.Region) {
			out = append(out, info.Region)
		}
	}
	for _, region := range regions {
		if !slices.Contains(out, region) {
			out = append(out, region)
		}
	}
	return out
}

func (h *certificationPages) describeOwn(view *certificationView, r survey.Revision) error {
	if !slices.Contains(r.Regions, h.Region) {
		return nil
	}

	own, err := h.totals.Own(r.Cycle, "")
	if err != nil {
		return err
	}
	definitions, err := h.editions.Definitions(own.Live.Definitions)
	if err != nil {
		return err
	}
	view.Own = ownViewOf(definitions, own)

	// A region without a sign-off of its own may still sign off until the year is final.
	settled, ok := settledIn(r, h.Region)
	view.MaySign = r.State != survey.RevisionCertified && (!ok || settled.How != survey.SettledSigned)
	return nil
}

// ownViewOf puts the region's published figures beside today's.
func ownViewOf(definitions survey.Definitions, own survey.OwnFigures) *ownView {
	view := &ownView{AnswersIn: own.AnswersIn, Released: own.AnswersReleased, Final: own.Final}
	if own.Late {
		view.Late = own.AnswersIn - own.AnswersReleased
	}

	for _, live := range own.Live.Figures {
		row := ownRow{Label: definitions.Label(live.Metric), Live: live.Words(), Released: "nothing yet",
			Change: "new", Untold: "all of it"}
		if live.Contributors > 0 {
			row.Note = "from " + page.Plural(int(live.Contributors), "company")
		}

		if f, ok := figureOf(own.Released.Figures, live.Metric); ok {
			row.Released, row.Change, row.Untold = f.Words(), "same", "nothing"
			switch {
			case row.Live == row.Released:
			case live.Absent() || f.Absent():
				row.Change, row.Untold = "not comparable", "all of it"
			case live.Value != f.Value:
				row.Change = signed(live.Unit, live.Value-f.Value)
				row.Untold = row.Change
			}
		}
		view.Rows = append(view.Rows, row)
	}
	return view
}

// signed writes a difference with its sign.
func signed(unit survey.Unit, value int64) string {
	if value > 0 {
		return "+" + unit.Amount(value)
	}
	return strings.Replace(unit.Amount(value), "-", "−", 1)
}

func (h *certificationPages) describeTable(view *certificationView, r survey.Revision) error {
	if r.State == survey.RevisionCollecting {
		return nil
	}
	table, err := h.certification.NationalTable(r.Cycle, r.Revision)
	var refusal *survey.Refusal
	switch {
	case notReady(err) && errors.As(err, &refusal):
		view.NoTable = survey.Sentence(refusal.Detail)
		return nil
	case err != nil:
		return err
	}
	definitions, err := h.editions.Definitions(view.Campaign.Definitions)
	if err != nil {
		return err
	}

	view.Table = &tableView{Hash: table.Hash, Answers: table.Answers, Difference: table.Difference}
	for _, f := range table.Figures {
		view.Table.Rows = append(view.Table.Rows, figureRow{Label: definitions.Label(f.Metric), Value: f.Words(),
			Note: f.Note(), Absent: f.Absent()})
	}

	// A region may co-sign again if its table has changed.
	mine, ok := coSignedBy(r, h.Region)
	view.MayCoSign = r.State != survey.RevisionCertified && slices.Contains(r.Regions, h.Region) &&
		(!ok || fmt.Sprintf("%x", mine.Table) != table.Hash)
	return nil
}

// guide says where the year stands and how to go on, in words.
func (v *certificationView) guide(r survey.Revision, ours survey.Region) {
	name := "The first figures"
	if r.Revision > 0 {
		name = fmt.Sprintf("Revision %d", r.Revision)
	}
	next := func(format string, args ...any) { v.Next = append(v.Next, fmt.Sprintf(format, args...)) }
	if v.MaySign {
		next("Look at our own figures below, then sign them off.")
	}

	switch r.State {
	case survey.RevisionCollecting:
		v.Stands = fmt.Sprintf("%s: %d of %s are settled.", name, len(r.Settled), ahsns(len(r.Regions)))
		if len(v.Missing) > 0 {
			next("Ask %s to sign off. If one cannot, two other AHSNs let its last figures stand, or go on without it.",
				names(v.Missing))
		}
	case survey.RevisionSigned:
		v.Stands = fmt.Sprintf("%s: all %s are settled. %d of the %d co-signatures that are needed are here.", name,
			ahsns(len(r.Regions)), len(r.CoSigned), r.Needed)
		if v.MayCoSign {
			next("Look at the national table below, then co-sign it.")
		} else {
			next("Nothing for us. %s to come.", page.Plural(max(0, r.Needed-len(r.CoSigned)), "co-signature"))
		}
	case survey.RevisionDisputed:
		v.Stands = name + ": the AHSNs co-signed different tables, so nothing can become final."
		next("Compare the software versions of the nodes and the co-signed tables below. " +
			"The AHSN with the other table updates its node and co-signs again.")
	case survey.RevisionCertified:
		v.Stands, v.MayRevise = name+": final. These figures never change.", true
		next("Late answers and corrections wait for the next revision. Open one when there is a reason to.")
		if v.Own != nil && v.Own.Late > 0 {
			next("%s of ours came in late: they would be in the next revision.", page.Plural(int(v.Own.Late), "answer"))
		}
	}

	// An observer sees the same words, and why nothing is asked of it.
	if !slices.Contains(r.Regions, ours) {
		next("Our AHSN has no part in this revision: it follows.")
	}
}

func ahsns(n int) string { return page.Plural(n, "AHSN") }

// names lists regions in a sentence.
func names(regions []survey.Region) string {
	words := ""
	for i, region := range regions {
		switch {
		case i > 0 && i == len(regions)-1:
			words += " and "
		case i > 0:
			words += ", "
		}
		words += region.Name()
	}
	return words
}
