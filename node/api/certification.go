package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Certifier takes a closed campaign's figures, with the other regions, to a
// certified year. A nil revision is the newest. Refusals come as
// *survey.Refusal, a cycle without a campaign as an error wrapping
// survey.ErrNotFound. The steps block as the registry's writes do.
type Certifier interface {
	// Certification returns how far the cycle's figures have come.
	Certification(cycle survey.Cycle) (Certification, error)
	// SignOff puts this region's final figures into the revision.
	SignOff(ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int) (CertificationStep, error)
	// CoSign says that this node derived the revision's table by itself. A table
	// that is given must be the one that follows here.
	CoSign(ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int, table string) (CertificationStep, error)
	// LetStand settles another region's part with the last figures it signed,
	// MarkAbsent goes on without them.
	LetStand(ctx context.Context, request survey.Request, cycle survey.Cycle, what OtherRegion) (CertificationStep, error)
	MarkAbsent(ctx context.Context, request survey.Request, cycle survey.Cycle, what OtherRegion) (CertificationStep, error)
	// OpenRevision opens the next edition of the figures.
	OpenRevision(ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string) (CertificationStep, error)
	// Published returns a certified revision as a file that verifies offline.
	Published(ctx context.Context, cycle survey.Cycle, revision *int) ([]byte, error)
}

// OtherRegion is the region that a step settles, and why. Words stay in this
// node's audit log.
type OtherRegion struct {
	Revision *int
	Region   survey.Region
	Reason   survey.ReasonCode
	Words    string
}

// Certification is how far the figures of one cycle have come, and what to do
// next, in words for this region. Revisions are all editions, the first one
// first.
type Certification struct {
	Cycle     survey.Cycle         `json:"cycle"`
	State     survey.CampaignState `json:"state" doc:"of the campaign"`
	Revisions []RevisionStatus     `json:"revisions" nullable:"false"`
	Late      int64                `json:"late_here" doc:"Answers of this region since its final figures left: for the next revision"`
	Next      []string             `json:"next" nullable:"false"`
}

// RevisionStatus is one edition of the figures. Hashes are hex, empty for none.
// Missing are the regions that are not settled, Waiting the open proposals
// about it. Here is what follows at this node.
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
	Responded   int                  `json:"responded" doc:"Claims of companies that answered, when the revision was opened"`
	Here        TableHere            `json:"here"`
	Waiting     []survey.Proposal    `json:"waiting,omitempty"`
}

// SettledPart is how one region's part was settled, with the hash of the figures
// that it signed.
type SettledPart struct {
	survey.Settled
	Summary string `json:"summary,omitempty"`
}

// CoSigned is one region's co-signature. Agrees says whether its table is the
// one that follows here.
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

// CertificationStep is what became of a step. Hash is that of what was signed:
// the region's figures, or the table. Revision is the one it was about, State
// what the revision is now.
type CertificationStep struct {
	Outcome  survey.OutcomeStatus `json:"outcome"`
	Number   uint64               `json:"number"`
	Revision int                  `json:"revision"`
	State    survey.RevisionState `json:"state,omitempty"`
	Hash     string               `json:"hash,omitempty"`
	Waiting
}

// WhichRevision names one edition; the newest if it is absent.
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

// CertificationReason is why, coded for the registry, and in words for this
// node's own audit log.
type CertificationReason struct {
	Reason survey.ReasonCode `json:"reason" enum:"region-unreachable,records-lost,late-answers,correction,definition,mistake,other"`
	Words  string            `json:"words,omitempty" maxLength:"500"`
}

type (
	certificationRead struct {
		ReadHeaders
		Body Certification
	}
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

// certificationRoutes are left out without a Certifier.
func (s *server) certificationRoutes() []route {
	const one = "/certification/{cycle}"
	if s.certifier == nil {
		return nil
	}
	return []route{
		on(get, one, viewer, reads, "How far a year's figures have come: who signed off, who is missing, what to do next", s.getCertification),
		stream(get, one+"/published", viewer, reads, "A certified year as one file to verify offline, with a list of the regions' keys", "application/json",
			[][2]string{{"revision", "The edition; the newest certified one if absent"}}, s.getPublished),
		on(post, one+"/sign-off", lead, binds, "Sign this region's final figures off", s.signOff),
		on(post, one+"/cosign", lead, binds, "Co-sign the national table that this node derived by itself", s.coSign),
		on(post, one+"/stand", lead, binds, "Let a region's last signed figures stand", s.settleRegion(s.certifier.LetStand), ok, accepted),
		on(post, one+"/absent", lead, binds, "Go on without a region's figures", s.settleRegion(s.certifier.MarkAbsent), ok, accepted),
		on(post, one+"/revision", lead, binds, "Open the next revision of certified figures", s.openRevision, ok, accepted),
	}
}

func (s *server) getCertification(ctx context.Context, in *getCertification) (*certificationRead, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	certification, err := s.certifier.Certification(cycle)
	if err != nil {
		return nil, err
	}
	return &certificationRead{ReadHeaders: headers, Body: certification}, nil
}

func (s *server) signOff(ctx context.Context, in *signOff) (*certificationStepped, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	step, err := s.certifier.SignOff(ctx, request(ctx), cycle, in.Body.Revision)
	return certificationAfter(step, err)
}

func (s *server) coSign(ctx context.Context, in *coSign) (*certificationStepped, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	step, err := s.certifier.CoSign(ctx, request(ctx), cycle, in.Body.Revision, in.Body.Table)
	return certificationAfter(step, err)
}

func (s *server) settleRegion(settle func(context.Context, survey.Request, survey.Cycle, OtherRegion) (CertificationStep, error)) func(context.Context, *settleRegion) (*certificationStepped, error) {
	return func(ctx context.Context, in *settleRegion) (*certificationStepped, error) {
		cycle, err := in.parse()
		if err != nil {
			return nil, err
		}
		region, err := parseRegion("body.region", in.Body.Region)
		if err != nil {
			return nil, err
		}
		step, err := settle(ctx, request(ctx), cycle, OtherRegion{Revision: in.Body.Revision, Region: region, Reason: in.Body.Reason, Words: in.Body.Words})
		return certificationAfter(step, err)
	}
}

func (s *server) openRevision(ctx context.Context, in *openRevision) (*certificationStepped, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	step, err := s.certifier.OpenRevision(ctx, request(ctx), cycle, in.Body.Reason, in.Body.Words)
	return certificationAfter(step, err)
}

func certificationAfter(step CertificationStep, err error) (*certificationStepped, error) {
	if err != nil {
		return nil, err
	}
	out := &certificationStepped{Status: http.StatusOK, Body: step}
	if step.Proposal != 0 {
		out.Status = accepted
	}
	return out, nil
}

// getPublished answers with the file's own bytes: written again they would not
// verify.
func (s *server) getPublished(w http.ResponseWriter, r *http.Request) error {
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
	file, err := s.certifier.Published(r.Context(), cycle, revision)
	if err != nil {
		return err
	}
	download(w, "application/json", "tracker-"+string(cycle)+".json")
	_, err = w.Write(file)
	return err
}
