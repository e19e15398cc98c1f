package cli

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// DemoCycle is the cycle of the demo's open campaign.
	DemoCycle = survey.Cycle("2022-23")
	// DemoOpenPolicy is the policy that releases every figure at once.
	DemoOpenPolicy = "open"
	// FirstInvented begins the range of company numbers that demos and benchmarks use. Companies
	// House has issued none in it.
	FirstInvented = 99_000_000
)

// DemoPerson can sign in to the pages of the demo's first node. The demo makes the password and
// prints it.
type DemoPerson struct {
	Name     string           `json:"name"`
	Role     store.Permission `json:"role"`
	Password string           `json:"password"`
}

// DemoFile describes a demo's nodes. It is the content of demo.json.
type DemoFile struct {
	Cycle string     `json:"cycle"`
	CA    string     `json:"ca"`
	Nodes []DemoNode `json:"nodes"`
	// Policy is the one that the federation was founded under.
	Policy string `json:"policy,omitempty"`
	// Seeded reports whether the invented companies and answers have been added.
	Seeded bool `json:"seeded,omitempty"`
	// People sign in to the pages of the first node.
	People []DemoPerson `json:"people,omitempty"`
}

// DemoNode is one of a demo's nodes.
type DemoNode struct {
	Region   string `json:"region"`
	URL      string `json:"url"`
	Operator string `json:"operator"`
	Node     string `json:"node"`
	Token    string `json:"token"`
	Dir      string `json:"dir"`
	PID      int    `json:"pid"`
}

// Regions returns the regions of the nodes, in their order.
func (d DemoFile) Regions() []survey.Region {
	var codes []survey.Region
	for _, n := range d.Nodes {
		codes = append(codes, survey.Region(n.Region))
	}
	return codes
}

// Profile returns how to reach one of the nodes.
func (d DemoFile) Profile(n DemoNode) Profile {
	return Profile{URL: n.URL, Token: n.Token, ca: d.CA, Operator: n.Operator, Dir: n.Dir}
}

// ReadDemo reads a demo.json; the error wraps fs.ErrNotExist if there is none.
func ReadDemo(path string) (DemoFile, error) {
	var demo DemoFile
	text, err := os.ReadFile(path)
	if err != nil {
		return demo, err
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		return demo, fmt.Errorf("%s: %w", path, err)
	}
	return demo, nil
}

// SameFile reports whether two paths name the same file.
func SameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
