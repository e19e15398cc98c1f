package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Status says how this node and the federation are. It waits for nobody.
type Status interface {
	FederationStatus() survey.FederationStatus
	NodeStatus() NodeStatus
}

// Checker recomputes this region's figures from its records and verifies the
// checksums and the audit log: *store.Store is one. An error means that the
// check itself could not be done.
type Checker interface {
	Check(context.Context) (store.Report, error)
}

// NodeStatus is this region's node as it sees itself. Problems are sentences
// for people, empty when all is well. Cursor is the number of the last
// registry change that the node's own records have taken in.
type NodeStatus struct {
	Region     survey.Region    `json:"region"`
	Version    string           `json:"version"`
	Started    time.Time        `json:"started"`
	Registry   RegistryStatus   `json:"registry"`
	Gossip     GossipStatus     `json:"gossip"`
	Outbox     OutboxStatus     `json:"outbox"`
	Cursor     uint64           `json:"cursor"`
	Publishing PublishingStatus `json:"publishing"`
	TakeOvers  TakeOverStatus   `json:"take_overs"`
	Problems   []string         `json:"problems" nullable:"false"`
}

// RegistryStatus is this node's copy of the registry. AgeMS is the time since
// the leader was last heard, -1 when unknown; Leader is empty when none is
// known. NeedsUpgrade says that the registry holds a command which this
// version does not understand: the node then serves aged reads only.
type RegistryStatus struct {
	Index        uint64        `json:"index"`
	AgeMS        int64         `json:"age_ms"`
	Leader       survey.Region `json:"leader"`
	State        string        `json:"state" example:"follower"`
	NeedsUpgrade bool          `json:"needs_upgrade"`
}

// GossipStatus counts the other members, and those heard lately.
type GossipStatus struct {
	Members int `json:"members"`
	Alive   int `json:"alive"`
}

// OutboxStatus counts the commands that this node still has to send to the
// registry, and lists those that the registry refused.
type OutboxStatus struct {
	Pending int           `json:"pending"`
	Refused []RefusedWork `json:"refused" nullable:"false"`
}

// RefusedWork is a command that followed from an answer of this region and that
// the registry refused. It rests until the claim changes, or a person decides.
type RefusedWork struct {
	Kind         store.WorkKind    `json:"kind"`
	Cycle        survey.Cycle      `json:"cycle"`
	Organisation survey.Identifier `json:"organisation"`
	Since        time.Time         `json:"since"`
	Problem      survey.Refusal    `json:"problem"`
}

// PublishingStatus says whether this region's summaries leave the node. State
// is "on" or "stopped", with the reason.
type PublishingStatus struct {
	State  string    `json:"state" example:"on"`
	Reason string    `json:"reason,omitempty"`
	Last   time.Time `json:"last,omitzero"`
}

// TakeOverStatus counts the companies of open campaigns that wait to be taken
// over: Incoming from the regions that held companies before this one, Outgoing
// by the regions that hold companies now which this one held before.
type TakeOverStatus struct {
	Incoming []TakeOverCount `json:"incoming" nullable:"false"`
	Outgoing []TakeOverCount `json:"outgoing" nullable:"false"`
}

// TakeOverCount counts the companies of one region in one cycle. LastYear are
// those whose last year's answers are kept by the region that held them before:
// until they are taken over, the companies are not in the matched panel.
type TakeOverCount struct {
	Cycle     survey.Cycle  `json:"cycle"`
	Region    survey.Region `json:"region"`
	Companies int           `json:"companies"`
	LastYear  int           `json:"last_year,omitempty"`
}

type (
	nodeRead       struct{ Body NodeStatus }
	federationRead struct{ Body survey.FederationStatus }
	checked        struct{ Body store.Report }
)

// statusHandlers say how this node and the federation are.
type statusHandlers struct {
	status    Status
	checker   Checker
	campaigns interface{ Campaigns() []survey.Campaign }
	takeovers Takeovers
}

func (h statusHandlers) node(context.Context, *nothingAsked) (*nodeRead, error) {
	status := h.status.NodeStatus()
	h.describeTakeOvers(&status)

	// Clients get [] rather than null for a list that is empty.
	if status.Problems == nil {
		status.Problems = []string{}
	}
	if status.Outbox.Refused == nil {
		status.Outbox.Refused = []RefusedWork{}
	}
	return &nodeRead{Body: status}, nil
}

func (h statusHandlers) federation(context.Context, *nothingAsked) (*federationRead, error) {
	status := h.status.FederationStatus()
	if status.Regions == nil {
		status.Regions = []survey.RegionStatus{}
	}
	return &federationRead{Body: status}, nil
}

func (h statusHandlers) check(ctx context.Context, _ *nothingAsked) (*checked, error) {
	report, err := h.checker.Check(ctx)
	if err != nil {
		return nil, err
	}
	if report.Findings == nil {
		report.Findings = []store.Finding{}
	}
	return &checked{Body: report}, nil
}

// describeTakeOvers counts the offers of the open campaigns. Offers that cannot
// be read become one of the status's problems, so that the rest of it is shown.
func (h statusHandlers) describeTakeOvers(status *NodeStatus) {
	status.TakeOvers = TakeOverStatus{Incoming: []TakeOverCount{}, Outgoing: []TakeOverCount{}}
	for _, c := range h.campaigns.Campaigns() {
		// A closed campaign takes no answers, so nothing of it can be taken over.
		if c.State != survey.CampaignOpen {
			continue
		}
		if err := h.countTakeOvers(&status.TakeOvers, c.Cycle); err != nil {
			// The rooms' messages may repeat identifiers, which viewers need not see here.
			problem := fmt.Sprintf("what can be taken over is not known: %s", scrubbed(err))
			status.Problems = append(status.Problems, problem)
			return
		}
	}

	for _, list := range [][]TakeOverCount{status.TakeOvers.Incoming, status.TakeOvers.Outgoing} {
		slices.SortFunc(list, func(a, b TakeOverCount) int {
			return strings.Compare(string(a.Cycle)+string(a.Region), string(b.Cycle)+string(b.Region))
		})
	}
}

func (h statusHandlers) countTakeOvers(counts *TakeOverStatus, cycle survey.Cycle) error {
	offers, err := h.takeovers.Takeovers(cycle)
	if err != nil {
		return err
	}
	handed, err := h.takeovers.HandedOn(cycle)
	if err != nil {
		return err
	}

	for _, o := range offers {
		if o.Waits() {
			// Last year's answers matter for the panel only where the region changed.
			lastYear := 0
			if o.ChangedRegion() {
				lastYear = 1
			}
			counts.Incoming = counted(counts.Incoming, cycle, o.From, lastYear)
		}
	}
	for _, o := range handed {
		if !o.Fetched {
			counts.Outgoing = counted(counts.Outgoing, cycle, o.To, 0)
		}
	}
	return nil
}

// counted adds one company to its region's line.
func counted(list []TakeOverCount, cycle survey.Cycle, region survey.Region, lastYear int) []TakeOverCount {
	i := slices.IndexFunc(list, func(c TakeOverCount) bool { return c.Cycle == cycle && c.Region == region })
	if i < 0 {
		i = len(list)
		list = append(list, TakeOverCount{Cycle: cycle, Region: region})
	}
	list[i].Companies++
	list[i].LastYear += lastYear
	return list
}
