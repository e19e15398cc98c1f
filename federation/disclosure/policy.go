package disclosure

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// Audience is one group of readers with its rule for a cell: at least Contributors companies, and
// the p% rule with Percent; 0 means that there is none.
type Audience struct {
	Contributors int64 `json:"contributors"`
	Percent      int64 `json:"percent"`
}

// Policy says which figures may leave a region, and when. Members are the other regions, Public
// everyone. While a campaign is open a batch has at least Batch new companies, and the newest
// HoldBack stay. Provisional public counts are rounded to RoundCount, money to RoundMoney pence.
type Policy struct {
	Name       string   `json:"name"`
	Version    uint32   `json:"version"`
	Members    Audience `json:"members"`
	Public     Audience `json:"public"`
	Batch      int64    `json:"batch"`
	HoldBack   int64    `json:"hold_back"`
	RoundCount int64    `json:"round_count"`
	RoundMoney int64    `json:"round_money"`
}

// Names of the policies.
const (
	Standard    = "standard"
	ONSBusiness = "ons-business"
	Open        = "open"
)

// policies are part of all signed summaries: another row has another hash.
var policies = []Policy{
	{Name: Standard, Version: 1, Members: Audience{5, 10}, Public: Audience{10, 10}, Batch: 5, HoldBack: 8,
		RoundCount: 5, RoundMoney: 100_000_00},
	{Name: ONSBusiness, Version: 1, Members: Audience{3, 10}, Public: Audience{3, 10}, Batch: 3, HoldBack: 3,
		RoundCount: 5, RoundMoney: 10_000_00},
	{Name: Open, Version: 1, Members: Audience{1, 0}, Public: Audience{10, 0}, Batch: 1, HoldBack: 0,
		RoundCount: 5, RoundMoney: 100_000_00},
}

// ErrPolicyUnknown: this software cannot apply the disclosure policy, so
// nothing leaves this node under it.
var ErrPolicyUnknown = errors.New("disclosure policy not supported")

// Policies returns the known policies, the default first.
func Policies() []Policy { return append([]Policy(nil), policies...) }

// ByName returns the newest version of a policy, or an error wrapping
// ErrPolicyUnknown.
func ByName(name string) (Policy, error) {
	for _, p := range policies {
		if p.Name == name {
			return p, nil
		}
	}
	return Policy{}, fmt.Errorf("%w: %.40q", ErrPolicyUnknown, name)
}

// Hash identifies the content of the policy, not only its name.
func (p Policy) Hash() [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "policy %q %d members %d %d public %d %d batch %d %d round %d %d",
		p.Name, p.Version, p.Members.Contributors, p.Members.Percent, p.Public.Contributors, p.Public.Percent,
		p.Batch, p.HoldBack, p.RoundCount, p.RoundMoney))
}

// Immediate reports whether everything leaves at once, breakdowns too: the
// regions share it by agreement.
func (p Policy) Immediate() bool {
	return p.Batch <= 1 && p.HoldBack == 0 && p.Members.Contributors <= 1 && p.Members.Percent == 0
}

// Check returns an error wrapping survey.ErrInvalid for a policy that protects
// nobody by mistake: numbers below the least that mean anything.
func (p Policy) Check() error {
	for _, n := range []int64{p.Members.Contributors, p.Public.Contributors, p.Batch, p.RoundCount, p.RoundMoney} {
		if n < 1 {
			return fmt.Errorf("%w: policy %q: contributors, batch and rounding are at least 1",
				survey.ErrInvalid, p.Name)
		}
	}
	for _, n := range []int64{p.Members.Percent, p.Public.Percent, p.HoldBack} {
		if n < 0 || n > 1000 {
			return fmt.Errorf("%w: policy %q: %d is out of range", survey.ErrInvalid, p.Name, n)
		}
	}
	return nil
}

// Stricter returns the policy with every number that other makes stricter.
// Name and version stay: the federation's policy still holds. A node may be
// stricter than the federation, never laxer.
func (p Policy) Stricter(other Policy) Policy {
	p.Members, p.Public = p.Members.stricter(other.Members), p.Public.stricter(other.Public)
	p.Batch, p.HoldBack = max(p.Batch, other.Batch), max(p.HoldBack, other.HoldBack)
	p.RoundCount, p.RoundMoney = max(p.RoundCount, other.RoundCount), max(p.RoundMoney, other.RoundMoney)
	return p
}

func (a Audience) stricter(other Audience) Audience {
	return Audience{max(a.Contributors, other.Contributors), max(a.Percent, other.Percent)}
}
