package main

import (
	"encoding/json"
	"fmt"
	"os"

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

type demoNode struct {
	Region   string `json:"region"`
	URL      string `json:"url"`
	Operator string `json:"operator"`
	Node     string `json:"node"`
	Token    string `json:"token"`
	Dir      string `json:"dir"`
	PID      int    `json:"pid"`
}

func (d demoFile) profile(n demoNode) profile {
	return profile{url: n.URL, token: n.Token, ca: d.CA, operator: n.Operator, dir: n.Dir}
}

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

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
