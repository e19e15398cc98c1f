package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// notReady reports whether the step has to wait, or there are no final figures to
// show yet. The refusal's detail says why.
func notReady(err error) bool {
	return errors.Is(err, survey.RefusedNotFinal) || errors.Is(err, survey.RefusedNoTable) || errors.Is(err, survey.RefusedNothingStands)
}

// Certification makes a year final. The error of a step is a *survey.Refusal
// that says what is missing, survey.RefusedTableChanged if CoSign names another
// table than follows here. Words are why, for this node's own audit log.
type Certification interface {
	Revisions(survey.Cycle) ([]survey.Revision, error)
	NationalTable(cycle survey.Cycle, revision int) (survey.NationalTable, error)
	SignOff(
		ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int,
	) (survey.CertificationStep, error)
	CoSign(
		ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int, table string,
	) (survey.CertificationStep, error)
	LetStand(
		ctx context.Context, request survey.Request, cycle survey.Cycle, what survey.OtherRegion,
	) (survey.CertificationStep, error)
	MarkAbsent(
		ctx context.Context, request survey.Request, cycle survey.Cycle, what survey.OtherRegion,
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
	return "/national/" + url.PathEscape(string(cycle)) + "/certification"
}

// show shows how far a year has come and what to do next.
func (h *certificationPages) show(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	h.showCertification(w, r, http.StatusOK, campaign, nil)
}

func (h *certificationPages) showCertification(w http.ResponseWriter, r *http.Request, status int, campaign survey.Campaign, faults []page.Fault) {
	view, err := h.certificationOf(campaign)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	view.Done = stepsDone[r.URL.Query().Get("done")]
	view.Typed = typedStep{Region: survey.Region(r.PostForm.Get("region")), How: r.PostForm.Get("how"), Reason: survey.ReasonCode(r.PostForm.Get("reason")), Words: r.PostForm.Get("words")}
	h.RenderFaulty(w, r, status, "certification", "Final figures "+string(campaign.Cycle), view, faults)
}

// stepsDone are what the page says after a step, by what the address says.
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
func (h *certificationPages) certify(w http.ResponseWriter, r *http.Request, done string, take func(survey.Cycle, *int) (survey.CertificationStep, error)) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	revision, err := strconv.Atoi(r.PostForm.Get("revision"))
	if err != nil {
		revision = 0
	}
	step, err := take(campaign.Cycle, &revision)
	outcome, err := granted(step.Outcome, err)
	if err != nil {
		h.failCertification(w, r, campaign.Cycle, err)
		return
	}
	http.Redirect(w, r, certificationAddress(campaign.Cycle)+"?done="+stepDone(outcome, done), http.StatusSeeOther)
}

// failCertification explains why a step was not taken.
func (h base) failCertification(w http.ResponseWriter, r *http.Request, cycle survey.Cycle, err error) {
	back := page.Problem{Link: certificationAddress(cycle), Label: "Final figures " + string(cycle)}
	var refusal *survey.Refusal
	switch {
	case errors.Is(err, survey.RefusedTableChanged):
		back.Title, back.Text, back.Next = "The national table has changed", "It is not the one that you looked at: an AHSN signed off since. Nothing was recorded.", "Look at the new table, then co-sign."
		h.Problem(w, r, http.StatusConflict, back)
	case notReady(err):
		back.Title, back.Text, back.Next = "That has to wait", waitingWords(err)+" Nothing was recorded.", "Look where the year stands, and try again later."
		h.Problem(w, r, http.StatusConflict, back)
	case errors.As(err, &refusal):
		p := page.Refused(refusal)
		p.Link, p.Label = back.Link, back.Label
		h.Problem(w, r, http.StatusConflict, p)
	default:
		h.fail(w, r, err)
	}
}

func (h *certificationPages) signOff(w http.ResponseWriter, r *http.Request) {
	h.certify(w, r, "signed-off", func(cycle survey.Cycle, revision *int) (survey.CertificationStep, error) {
		return h.certification.SignOff(r.Context(), page.Request(r), cycle, revision)
	})
}

func (h *certificationPages) coSign(w http.ResponseWriter, r *http.Request) {
	h.certify(w, r, "co-signed", func(cycle survey.Cycle, revision *int) (survey.CertificationStep, error) {
		seen := cmp.Or(r.PostForm.Get("table"), "none") // a page co-signs the table that it showed, or nothing
		return h.certification.CoSign(r.Context(), page.Request(r), cycle, revision, seen)
	})
}

// settle proposes to go on with a region that did not sign off, or consents to
// that.
func (h *certificationPages) settle(w http.ResponseWriter, r *http.Request) {
	var faults []page.Fault
	region, err := survey.ParseRegion(r.PostForm.Get("region"))
	if err != nil {
		faults = append(faults, page.Fault{Field: "region", Message: "Choose the AHSN that is meant"})
	}
	how := r.PostForm.Get("how")
	if how != "stand" && how != "absent" {
		faults = append(faults, page.Fault{Field: "how", Message: "Choose how to go on"})
	}
	faults = append(faults, reasonFaults(r)...)
	if len(faults) > 0 {
		if campaign, ok := h.campaign(w, r); ok {
			h.showCertification(w, r, http.StatusUnprocessableEntity, campaign, faults)
		}
		return
	}
	h.certify(w, r, "taken", func(cycle survey.Cycle, revision *int) (survey.CertificationStep, error) {
		step := h.certification.LetStand
		if how == "absent" {
			step = h.certification.MarkAbsent
		}
		return step(r.Context(), page.Request(r), cycle, survey.OtherRegion{Revision: revision, Region: region,
			Reason: survey.ReasonCode(r.PostForm.Get("reason")), Words: r.PostForm.Get("words")})
	})
}

// revise proposes to open the next revision of a certified year.
func (h *certificationPages) revise(w http.ResponseWriter, r *http.Request) {
	if faults := reasonFaults(r); len(faults) > 0 {
		if campaign, ok := h.campaign(w, r); ok {
			h.showCertification(w, r, http.StatusUnprocessableEntity, campaign, faults)
		}
		return
	}
	h.certify(w, r, "taken", func(cycle survey.Cycle, _ *int) (survey.CertificationStep, error) {
		return h.certification.OpenRevision(r.Context(), page.Request(r), cycle, survey.ReasonCode(r.PostForm.Get("reason")), r.PostForm.Get("words"))
	})
}

// reasonFaults says what is wrong with the reason of a step.
func reasonFaults(r *http.Request) []page.Fault {
	var faults []page.Fault
	if !slices.Contains(survey.CertificationReasons(), survey.ReasonCode(r.PostForm.Get("reason"))) {
		faults = append(faults, page.Fault{Field: "reason", Message: "Choose a reason"})
	}
	if len(r.PostForm.Get("words")) > maxReasonWords {
		faults = append(faults, page.Fault{Field: "words", Message: "Write at most " + strconv.Itoa(maxReasonWords) + " characters"})
	}
	return faults
}
