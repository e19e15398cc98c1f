package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Certifier takes the steps, together with the other regions, from a closed
// campaign's figures to a certified year. A nil revision is the newest. Refusals
// are *survey.Refusal; the error wraps survey.ErrNotFound if the cycle has no
// campaign. The steps block as the registry's writes do.
type Certifier interface {
	// Certification returns how far the cycle's figures have come.
	Certification(cycle survey.Cycle) (Certification, error)
	// SignOff puts this region's final figures into the revision.
	SignOff(
		ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int,
	) (survey.CertificationStep, error)
	// CoSign says that this node derived the revision's table by itself. A table
	// that is given must be the one that this node derived.
	CoSign(
		ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int, table string,
	) (survey.CertificationStep, error)
	// LetStand settles another region's part with the last figures that it signed,
	// MarkAbsent without any.
	LetStand(
		ctx context.Context, request survey.Request, cycle survey.Cycle, what survey.OtherRegion,
	) (survey.CertificationStep, error)
	MarkAbsent(
		ctx context.Context, request survey.Request, cycle survey.Cycle, what survey.OtherRegion,
	) (survey.CertificationStep, error)
	// OpenRevision opens the next revision of the figures.
	OpenRevision(
		ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string,
	) (survey.CertificationStep, error)
	// Published returns a certified revision as a file that verifies offline.
	Published(ctx context.Context, cycle survey.Cycle, revision *int) ([]byte, error)
}

// Certification is how far the figures of one cycle have come, and what to do
// next, in words for this region. Revisions are in the order of their numbers.
type Certification struct {
	Cycle     survey.Cycle         `json:"cycle"`
	State     survey.CampaignState `json:"state" doc:"of the campaign"`
	Revisions []RevisionStatus     `json:"revisions" nullable:"false"`

	Late int64 `json:"late_here" doc:"Answers of this region since its final figures left: for the next revision"`

	Next []string `json:"next" nullable:"false"`
}

// RevisionStatus is one revision of the figures. Hashes are hex, empty for none.
// Missing are the regions that are not settled, Waiting the open proposals
// about it. Here is the table that this node derives.
type RevisionStatus struct {
	Revision    int                  `json:"revision"`
	State       survey.RevisionState `json:"state"`
	Reason      survey.ReasonCode    `json:"reason,omitempty"`
	Number      uint64               `json:"number"`
	OpenedAt    time.Time            `json:"opened_at"`
	CertifiedAt time.Time            `json:"certified_at,omitzero"`
	Regions     []survey.Region      `json:"regions" nullable:"false"`
	Settled     []SettledPart        `json:"settled" nullable:"false"`
	Missing     []survey.Region      `json:"missing" nullable:"false"`
	CoSigned    []CoSigned           `json:"cosigned" nullable:"false"`
	Needed      int                  `json:"needed" doc:"Co-signatures of one table that certify it"`
	Table       string               `json:"table,omitempty" doc:"The certified table"`
	Previous    string               `json:"previous,omitempty"`

	Responded int `json:"responded" doc:"Claims of companies that answered, when the revision was opened"`

	Here    TableHere         `json:"here"`
	Waiting []survey.Proposal `json:"waiting,omitempty"`
}

// SettledPart says how one region's part was settled. Summary is the hash of the
// figures that it signed.
type SettledPart struct {
	survey.Settled
	Summary string `json:"summary,omitempty"`
}

// CoSigned is one region's co-signature. Agrees says whether its table is the
// one that this node derived.
type CoSigned struct {
	survey.CoSignature
	Table  string `json:"table"`
	Agrees bool   `json:"agrees"`
}

// TableHere is the table that this node derives from the registry alone. Agrees
// says whether it is the certified one or, before, that of every co-signature.
// Problem says why there is none. Difference is Responded less the answers that
// the regions counted.
type TableHere struct {
	Table      string `json:"table,omitempty"`
	Agrees     bool   `json:"agrees"`
	Answers    int64  `json:"answers"`
	Difference int64  `json:"difference"`
	Problem    string `json:"problem,omitempty"`
}

// CertificationStep is the result of a step about Revision, whose state is now
// State. Hash is that of the signed object: the region's figures, or the table.
type CertificationStep struct {
	Outcome  survey.OutcomeStatus `json:"outcome"`
	Number   uint64               `json:"number"`
	Revision int                  `json:"revision"`
	State    survey.RevisionState `json:"state,omitempty"`
	Hash     string               `json:"hash,omitempty"`
	Waiting
}

// WhichRevision names one revision; the newest if it is absent.
type WhichRevision struct {
	Revision *int `json:"revision,omitempty" minimum:"0" maximum:"63"`
}

// CoSigning may name the table that was compared elsewhere.
type CoSigning struct {
	WhichRevision
	Table string `json:"table,omitempty" pattern:"^[0-9a-f]{64}$" doc:"The table's hash: refused unless the same follows here"`
}

// RegionSettled names the region that a step settles, and why.
type RegionSettled struct {
	WhichRevision
	Region string `json:"region" maxLength:"16" example:"wessex"`
	CertificationReason
}

// CertificationReason is the reason of a step: coded for the registry, and in
// words for this node's own audit log.
type CertificationReason struct {
	Reason survey.ReasonCode `json:"reason" enum:"region-unreachable,records-lost,late-answers,correction,definition,mistake,other"`
	Words  string            `json:"words,omitempty" maxLength:"500"`
}

type (
	getCertification struct {
		CyclePath
		Freshness
	}
	signOff struct {
		CyclePath
		Body WhichRevision
	}
	coSign struct {
		CyclePath
		Body CoSigning
	}
	settleRegion struct {
		CyclePath
		Body RegionSettled
	}
	openRevision struct {
		CyclePath
		Body CertificationReason
	}
	certificationStepped struct {
		Status int
		Body   CertificationStep
	}
)

// certificationHandlers take the steps from closed campaigns to certified
// years.
type certificationHandlers struct {
	replica   Replica
	certifier Certifier
}

func (h certificationHandlers) get(
	ctx context.Context, in *getCertification,
) (*registryRead[Certification], error) {
	cycle, err := in.parse()
	return readOne(ctx, err, in.Freshness, h.replica, func() (Certification, error) {
		return h.certifier.Certification(cycle)
	})
}

func (h certificationHandlers) signOff(ctx context.Context, in *signOff) (*certificationStepped, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	return certificationAfter(h.certifier.SignOff(ctx, request(ctx), cycle, in.Body.Revision))
}

func (h certificationHandlers) coSign(ctx context.Context, in *coSign) (*certificationStepped, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	return certificationAfter(h.certifier.CoSign(ctx, request(ctx), cycle, in.Body.Revision, in.Body.Table))
}

func (h certificationHandlers) letStand(ctx context.Context, in *settleRegion) (*certificationStepped, error) {
	return settle(ctx, in, h.certifier.LetStand)
}

func (h certificationHandlers) markAbsent(ctx context.Context, in *settleRegion) (*certificationStepped, error) {
	return settle(ctx, in, h.certifier.MarkAbsent)
}

// settle takes a step about another region's part.
func settle(
	ctx context.Context, in *settleRegion,
	step func(context.Context, survey.Request, survey.Cycle, survey.OtherRegion) (survey.CertificationStep, error),
) (*certificationStepped, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	region, err := parseRegion("body.region", in.Body.Region)
	if err != nil {
		return nil, err
	}

	return certificationAfter(step(ctx, request(ctx), cycle, survey.OtherRegion{
		Revision: in.Body.Revision, Region: region, Reason: in.Body.Reason, Words: in.Body.Words,
	}))
}

func (h certificationHandlers) openRevision(ctx context.Context, in *openRevision) (*certificationStepped, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	return certificationAfter(h.certifier.OpenRevision(ctx, request(ctx), cycle, in.Body.Reason, in.Body.Words))
}

func certificationAfter(step survey.CertificationStep, err error) (*certificationStepped, error) {
	if err != nil {
		return nil, err
	}

	out := &certificationStepped{Status: http.StatusOK, Body: CertificationStep{
		Outcome: step.Outcome.Status, Number: step.Outcome.Number, Revision: step.Revision, State: step.State,
		Hash:    survey.Hex(step.Hash),
		Waiting: Waiting{Proposal: step.Proposal.Number, Lapses: step.Proposal.Lapses},
	}}
	if step.Proposal.Number != 0 {
		out.Status = http.StatusAccepted
	}
	return out, nil
}

var publishedQuery = [][2]string{{"revision", "The revision; the newest certified one if absent"}}

// published answers with the file's own bytes: written again they would not
// verify.
func (h certificationHandlers) published(w http.ResponseWriter, r *http.Request) error {
	cycle, err := parseCycle("path.cycle", r.PathValue("cycle"))
	if err != nil {
		return err
	}

	var revision *int
	if text := r.URL.Query().Get("revision"); text != "" {
		number, err := strconv.ParseUint(text, 10, 8)
		if err != nil {
			return invalidField("query.revision", "write the number of a revision, digits only")
		}
		n := int(number)
		revision = &n
	}

	file, err := h.certifier.Published(r.Context(), cycle, revision)
	if err != nil {
		return err
	}

	download(w, jsonContent, "tracker-"+string(cycle)+".json")
	_, err = w.Write(file)
	return err
}
