package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// demoCycle is the demo's open campaign.
	demoCycle = survey.Cycle("2022-23")
	// demoOpenPolicy is the policy under which all figures are there at once.
	demoOpenPolicy = "open"
	// demoFirstNumber begins the range of company numbers that demos and benches
	// use: Companies House has not issued any there.
	demoFirstNumber = 99_000_000
)

// demoPerson signs in to the pages of the demo's first node. The password is
// made for the demo and printed by it.
type demoPerson struct {
	Name     string           `json:"name"`
	Role     store.Permission `json:"role"`
	Password string           `json:"password"`
}

// demoFile is what a demo writes about its nodes.
type demoFile struct {
	Cycle string     `json:"cycle"`
	CA    string     `json:"ca"`
	Nodes []demoNode `json:"nodes"`
	// Policy is the one that the federation was founded under.
	Policy string `json:"policy,omitempty"`
	// Seeded says that the invented companies and answers are in.
	Seeded bool `json:"seeded,omitempty"`
	// People sign in to the pages of the first node.
	People []demoPerson `json:"people,omitempty"`
}

// demoNode is one of a demo's nodes.
type demoNode struct {
	Region   string `json:"region"`
	URL      string `json:"url"`
	Operator string `json:"operator"`
	Node     string `json:"node"`
	Token    string `json:"token"`
	Dir      string `json:"dir"`
	PID      int    `json:"pid"`
}

// regions are those of the nodes, in their order.
func (d demoFile) regions() []survey.Region {
	var codes []survey.Region
	for _, n := range d.Nodes {
		codes = append(codes, survey.Region(n.Region))
	}
	return codes
}

// profile is how to reach one of the nodes.
func (d demoFile) profile(n demoNode) profile {
	return profile{url: n.URL, token: n.Token, ca: d.CA, operator: n.Operator, dir: n.Dir}
}

// readDemo reads a demo.json; the error wraps fs.ErrNotExist if there is none.
func readDemo(path string) (demoFile, error) {
	var demo demoFile
	text, err := os.ReadFile(path)
	if err != nil {
		return demo, err
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		return demo, fmt.Errorf("%s: %w", path, err)
	}
	return demo, nil
}

// sameFile reports whether two paths are of one file.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
