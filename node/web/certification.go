package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// notReady reports whether the step has to wait, or there are no final figures to
// show yet. The refusal's detail says why.
func notReady(err error) bool {
	return errors.Is(err, survey.RefusedNotFinal) || errors.Is(err, survey.RefusedNoTable) ||
		errors.Is(err, survey.RefusedNothingStands)
}

// Certification makes a year final. The error of a step is a *survey.Refusal
// that says what is missing, survey.RefusedTableChanged if CoSign names another
// table than follows here. The words, why, are for this node's own audit log.
type Certification interface {
	revisions
	NationalTable(cycle survey.Cycle, revision int) (survey.NationalTable, error)
	SignOff(
		ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int,
	) (survey.CertificationStep, error)
	CoSign(
		ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int, table string,
	) (survey.CertificationStep, error)
	LetStand(
		ctx context.Context, request survey.Request, cycle survey.Cycle, of survey.OtherRegion,
	) (survey.CertificationStep, error)
	MarkAbsent(
		ctx context.Context, request survey.Request, cycle survey.Cycle, of survey.OtherRegion,
	) (survey.CertificationStep, error)
	OpenRevision(
		ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string,
	) (survey.CertificationStep, error)
}

// certificationPages lead a year to final figures.
type certificationPages struct {
	base
	certification Certification
	totals        ownFigures
	proposals     proposalLister
	editions      *survey.Editions
}

// maxReasonWords bounds the words that go with a coded reason, in bytes.
const maxReasonWords = 500

func certificationAddress(cycle survey.Cycle) string {
	return nationalAddress(cycle) + "/certification"
}

// show shows how far a year has come and how to go on.
func (h *certificationPages) show(w http.ResponseWriter, r *http.Request) error {
	return h.showCertification(w, r, http.StatusOK)
}

func (h *certificationPages) showCertification(w http.ResponseWriter, r *http.Request, status int,
	faults ...page.Fault) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	view, err := h.certificationOf(campaign)
	if err != nil {
		return err
	}
	view.Done, view.Typed = stepsDone[r.URL.Query().Get("done")], typedStepIn(r)
	return h.Render(w, r, status, "certification", "Final figures "+string(campaign.Cycle), view, faults...)
}

// stepsDone are the words of the page after a step, by the word in its address.
var stepsDone = map[string]string{
	"signed-off": "Our figures are signed off.",
	"co-signed":  "We co-signed the national table.",
	"proposed":   "It is proposed. It takes effect when a second AHSN agrees.",
	"taken":      "It has taken effect.",
	"endorsed":   "We agreed: it has taken effect.",
	"already":    "It was so already. Nothing was changed.",
	"freed":      "The company is free: it can be claimed now.",
}

func stepDone(outcome survey.Outcome, done string) string {
	switch outcome.Status {
	case survey.OutcomeProposed:
		return "proposed"
	case survey.OutcomeExists:
		return "already"
	}
	return done
}

// certify takes one step and shows the page as it is then.
func (h *certificationPages) certify(w http.ResponseWriter, r *http.Request, done string,
	take func(survey.Cycle, *int) (survey.CertificationStep, error)) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	revision, err := strconv.Atoi(r.PostForm.Get("revision"))
	if err != nil {
		revision = 0
	}

	address := certificationAddress(campaign.Cycle)
	step, err := take(campaign.Cycle, &revision)
	outcome, err := granted(step.Outcome, err)
	if err != nil {
		return certificationProblem(err, address, "Final figures "+string(campaign.Cycle))
	}
	return page.Redirect(w, r, address+"?done="+stepDone(outcome, done))
}

// certificationProblem explains why a step was not taken; back is the page that it leads to.
func certificationProblem(err error, back, label string) error {
	var refusal *survey.Refusal
	if !errors.As(err, &refusal) {
		return err
	}

	p := page.Refused(refusal)
	switch {
	case refusal.Code == survey.RefusedTableChanged:
		p.Title, p.Next = "The national table has changed", "Look at the new table, then co-sign."
		p.Text = "It is not the one that you looked at: an AHSN has signed off since then. Nothing was recorded."
	case notReady(err):
		p.Title, p.Text = "That has to wait", survey.Sentence(refusal.Detail)+" Nothing was recorded."
		p.Next = "Look at where the year stands, and try again later."
	}
	p.Link, p.Label = back, label
	return p
}

func (h *certificationPages) signOff(w http.ResponseWriter, r *http.Request) error {
	return h.certify(w, r, "signed-off", func(cycle survey.Cycle, revision *int) (survey.CertificationStep, error) {
		return h.certification.SignOff(r.Context(), page.Request(r), cycle, revision)
	})
}

func (h *certificationPages) coSign(w http.ResponseWriter, r *http.Request) error {
	return h.certify(w, r, "co-signed", func(cycle survey.Cycle, revision *int) (survey.CertificationStep, error) {
		seen := cmp.Or(r.PostForm.Get("table"), "none") // a page co-signs the table that it showed, or nothing
		return h.certification.CoSign(r.Context(), page.Request(r), cycle, revision, seen)
	})
}

// settle proposes to go on with a region that did not sign off, or consents to
// that.
func (h *certificationPages) settle(w http.ResponseWriter, r *http.Request) error {
	typed := typedStepIn(r)
	var faults []page.Fault
	region, err := survey.ParseRegion(string(typed.Region))
	if err != nil {
		faults = append(faults, page.Fault{Field: "region", Message: "Choose the AHSN"})
	}

	step := h.certification.LetStand
	switch typed.How {
	case "stand":
	case "absent":
		step = h.certification.MarkAbsent
	default:
		faults = append(faults, page.Fault{Field: "how", Message: "Choose how to go on"})
	}
	if faults = append(faults, typed.reasonFaults()...); len(faults) > 0 {
		return h.showCertification(w, r, http.StatusUnprocessableEntity, faults...)
	}

	return h.certify(w, r, "taken", func(cycle survey.Cycle, revision *int) (survey.CertificationStep, error) {
		return step(r.Context(), page.Request(r), cycle,
			survey.OtherRegion{Revision: revision, Region: region, Reason: typed.Reason, Words: typed.Words})
	})
}

// revise proposes to open the next revision of a certified year.
func (h *certificationPages) revise(w http.ResponseWriter, r *http.Request) error {
	typed := typedStepIn(r)
	if faults := typed.reasonFaults(); len(faults) > 0 {
		return h.showCertification(w, r, http.StatusUnprocessableEntity, faults...)
	}
	return h.certify(w, r, "taken", func(cycle survey.Cycle, _ *int) (survey.CertificationStep, error) {
		return h.certification.OpenRevision(r.Context(), page.Request(r), cycle, typed.Reason, typed.Words)
	})
}

// typedStepIn reads the form of a step.
func typedStepIn(r *http.Request) typedStep {
	f := r.PostForm
	return typedStep{Region: survey.Region(f.Get("region")), How: f.Get("how"),
		Reason: survey.ReasonCode(f.Get("reason")), Words: f.Get("words")}
}

// reasonFaults returns the faults of the reason of a step.
func (t typedStep) reasonFaults() []page.Fault {
	var faults []page.Fault
	if !slices.Contains(survey.CertificationReasons(), t.Reason) {
		faults = append(faults, page.Fault{Field: "reason", Message: "Choose a reason"})
	}
	if len(t.Words) > maxReasonWords {
		faults = append(faults, page.Fault{Field: "words",
			Message: "Write at most " + strconv.Itoa(maxReasonWords) + " characters"})
	}
	return faults
}
