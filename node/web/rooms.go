package web

import (
	"context"
	"io"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Registry is what the pages need of the replicated registry. Writes block
// until this node has applied the outcome.
type Registry interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	SearchOrganisations(text string, limit int) []survey.OrganisationMatch
	DuplicatesOf(survey.Organisation) []survey.PossibleDuplicate
	AddOrganisations(context.Context, survey.Request, []survey.NewOrganisation) ([]survey.Outcome, error)
	Campaigns() []survey.Campaign
	Counts(survey.Cycle) (survey.CampaignCounts, error)
	Supporters(survey.Cycle, survey.Identifier) []survey.Region
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
	Claims(filter survey.ClaimFilter, after string, limit int) (claims []survey.Claim, next string)
	Claim(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ClaimHistory(survey.Cycle, survey.Identifier) ([]survey.ClaimEvent, error)
	Receipt(ctx context.Context, cycle survey.Cycle, id survey.Identifier, number uint64) ([]byte, error)
	ChangeClaims(context.Context, survey.Request, survey.Cycle, []survey.ClaimChange) ([]survey.Outcome, error)
	LiftDoNotSurvey(context.Context, survey.Request, survey.Identifier) (survey.Outcome, error)
}

// Campaigns opens, changes and closes the yearly surveys, keeps the list of
// companies that each means to ask, and frees what other regions let lie: the registry does.
// What binds the nation waits for a second region; the outcome says so.
type Campaigns interface {
	OpenCampaign(context.Context, survey.Request, survey.Campaign) (survey.Outcome, error)
	CampaignDates(ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string) (survey.Outcome, error)
	CampaignPolicy(ctx context.Context, request survey.Request, cycle survey.Cycle, policy string) (survey.Outcome, error)
	CampaignLapse(ctx context.Context, request survey.Request, cycle survey.Cycle, days int) (survey.Outcome, error)
	FreezeEligible(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
	CloseCampaign(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
	EligibleSet(cycle survey.Cycle, after string, limit int) (set []survey.Eligible, next string)
	RollForward(ctx context.Context, request survey.Request, cycle, earlier survey.Cycle) (survey.Outcome, error)
	ImportEligible(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ReleaseIdle(context.Context, survey.Request, survey.Cycle, survey.Identifier) (survey.Outcome, error)
}

// Responses are this region's own answers, recorded by way of the federation,
// which knows the holder.
type Responses interface {
	RecordResponse(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, answers []byte) (survey.ResponseResult, error)
	Response(context.Context, survey.Cycle, survey.Identifier) (survey.Response, error)
}

// Records are what this region keeps of companies beside answers: *store.Store.
type Records interface {
	Records(filter store.RecordFilter, after string, limit int) (records []survey.Record, next string, err error)
}

// Sharing keeps what a company says of the AHSNs that it named seeing its
// answers, and gives them copies or takes those back. SharedOf are the copies
// of one company's answers that other regions gave to this one.
type Sharing interface {
	SetSharing(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, sharing survey.Sharing) error
	SharedOf(survey.Cycle, survey.Identifier) ([]survey.SharedResponse, error)
}

// Takeovers ask the region that held a company before for what it knows. The
// error of TakeOver is survey.RefusedRegionAway if that region's node does not answer.
// Without such a region it and that of FormerHolder wrap survey.ErrNotFound.
type Takeovers interface {
	Takeovers(survey.Cycle) ([]survey.TakeoverOffer, error)
	FormerHolder(survey.Cycle, survey.Identifier) (survey.Region, error)
	TakeOver(context.Context, survey.Request, survey.Cycle, survey.Identifier) (survey.Takeover, error)
}

// Forms write forms to fill in as workbooks: intake.Exporter does. The list
// "template" has a row for each company that has not answered yet.
type Forms interface {
	Form(ctx context.Context, cycle survey.Cycle, id survey.Identifier, w io.Writer) error
	Export(ctx context.Context, list string, cycle survey.Cycle, format sheet.Format, w io.Writer) error
}

// Totals answers national totals, compares years, and gives this region's own
// figures beside what has left of them. Compare returns an error wrapping
// survey.RefusedNotComparable for years of different definitions, and Reconciliation one
// wrapping survey.ErrNotFound for a metric of which nothing was published.
type Totals interface {
	National(context.Context, survey.TotalsQuery) (survey.Totals, error)
	Compare(ctx context.Context, query survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error)
	Own(survey.Cycle) (OwnFigures, error)
	Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error)
}

// Federation says how the AHSNs' nodes are, without waiting for anybody.
type Federation interface {
	FederationStatus() survey.FederationStatus
}

// People are those who may sign in, and the tokens that do instead: store.People.
type People interface {
	SignIn(name, password string) (store.User, error)
	User(id string) (store.User, error)
	Authenticate(secret string) (store.Token, error)
	Token(id string) (store.Token, error)
}

// Links are the one-time links of the companies' form: store.Links.
type Links interface {
	CreateSurveyLink(context.Context, store.NewSurveyLink) (link store.SurveyLink, secret string, err error)
	SurveyLinks(survey.Cycle) ([]store.SurveyLink, error)
	SurveyLinkOf(survey.Cycle, survey.Identifier) (store.SurveyLink, error)
	RevokeSurveyLink(ctx context.Context, id string, by uint64) error
	RemindSurveyLink(ctx context.Context, id string, by uint64) (link store.SurveyLink, secret string, err error)
}

// Imports takes lists of answers in: *intake.Importer does.
type Imports interface {
	Plan(ctx context.Context, list sheet.List, upload io.Reader) (survey.Import, error)
	Commit(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error)
	Import(id string) (survey.Import, error)
	Rejects(id string, w io.Writer) error
	RejectsBook(id string, w io.Writer) error
}

// Sessions keep who is signed in: *sessions.Sessions.
type Sessions = scs.Store
