//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestOutagesOfOneAndOfMost(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), "--nodes", "5")
	free := []string{}
	for _, company := range d.companies() {
		if company.State == "" {
			free = append(free, string(company.ID))
		}
	}
	here, gone := d.node(0), d.node(4)
	before := d.figure(here, "investment_leveraged")

	d.end(gone.PID, syscall.SIGTERM)
	d.must(here, "claim", free[0], "--cycle", "2022-23")
	d.checkKept(here, gone, before)

	d.end(d.node(3).PID, syscall.SIGTERM)
	d.end(d.node(2).PID, syscall.SIGTERM)
	d.checkNoQuorum(here, free[1])
	if got := d.figure(here, "investment_leveraged"); got != before {
		t.Errorf("cut off, the nation is %d, was %d", got, before)
	}
	if got := d.tracker(here, `{"answers": {"q01": "yes", "q03": 4}}`, "response", "record", free[2], "--cycle", "2022-23", "--file", "-"); got.code != cli.ExitDone || !strings.Contains(got.out, "provisional") {
		t.Errorf("record without a quorum: exit %d: %s%s", got.code, got.out, got.err)
	}
	d.awaitStale(here, gone, before)

	for _, n := range d.file.Nodes[2:] {
		d.serve(n, false)
	}
	begun := time.Now()
	d.awaitWhole(here, free[2])
	t.Logf("whole again %v after the nodes were back", time.Since(begun).Round(time.Millisecond))
	if out := d.must(d.node(2), "claim", free[1], "--cycle", "2022-23"); !strings.Contains(out, d.node(2).Region) {
		t.Errorf("claims do not go on: %s", out)
	}
}

// checkKept holds the totals against those from before one region went.
func (d *federated) checkKept(here, gone cli.DemoNode, before int64) {
	d.t.Helper()
	totals := d.totals(here)
	if totals.Coverage.Included != len(d.file.Nodes) || d.figure(here, "investment_leveraged") != before {
		d.t.Errorf("without %s: %d regions are in, the nation is %d, was %d", gone.Region, totals.Coverage.Included, d.figure(here, "investment_leveraged"), before)
	}
}

// awaitStale waits until the totals call the region stale, with its last
// figures and their time.
func (d *federated) awaitStale(here, gone cli.DemoNode, before int64) {
	d.t.Helper()
	eventually(d.t, staleTimeout, func() string {
		coverage := d.totals(here).Coverage
		i := slices.IndexFunc(coverage.Regions, func(r survey.RegionCoverage) bool { return r.Region == survey.Region(gone.Region) })
		if i < 0 || coverage.Regions[i].Status != survey.CoverageStale || coverage.Regions[i].AsOf.IsZero() || coverage.Current >= coverage.Of {
			return fmt.Sprintf("%s is not stale: %+v", gone.Region, coverage)
		}
		return ""
	})
	d.checkKept(here, gone, before)
	if out := d.must(here, "totals", "--cycle", "2022-23"); !strings.Contains(out, "stale: "+gone.Region+", figures as of ") {
		d.t.Errorf("a person is not told: %s", out)
	}
}

// checkNoQuorum waits until the status says that nothing can be claimed. A claim
// is then refused, soon, and not recorded.
func (d *federated) checkNoQuorum(here cli.DemoNode, id string) {
	d.t.Helper()
	eventually(d.t, factTimeout, func() string {
		if out := d.must(here, "status"); !strings.Contains(out, "nothing can be claimed now") {
			return "the status does not say it: " + out
		}
		return ""
	})
	begun := time.Now()
	said := d.tracker(here, "", "claim", id, "--cycle", "2022-23")
	if took := time.Since(begun); took > saysTimeout {
		d.t.Errorf("it took %v to say that nothing can be claimed", took)
	}
	if said.code != cli.ExitUnavailable || !strings.Contains(said.err, "othing was recorded") {
		d.t.Errorf("claim without a quorum: exit %d: %s%s", said.code, said.out, said.err)
	}
}

// awaitWhole waits until the queued claim of id is made, its answers are
// accepted, and no node has a problem.
func (d *federated) awaitWhole(here cli.DemoNode, id string) {
	d.t.Helper()
	eventually(d.t, startTimeout, func() string {
		if said := d.tracker(here, "", "claim-status", id, "--cycle", "2022-23"); said.code != cli.ExitDone || !strings.Contains(said.out, here.Region) {
			return "the queued claim is not made: " + said.out + said.err
		}
		if out := d.must(here, "response", "show", id, "--cycle", "2022-23", "--json"); !strings.Contains(out, `"state": "accepted"`) {
			return "the answers are not accepted: " + out
		}
		for _, n := range d.file.Nodes {
			var both struct {
				Status struct {
					Problems []string
					Outbox   struct{ Pending int }
				}
				Federation survey.FederationStatus
			}
			out := d.must(n, "status", "--json")
			if err := json.Unmarshal([]byte(out), &both); err != nil {
				return err.Error()
			}
			if len(both.Status.Problems) > 0 || both.Status.Outbox.Pending > 0 || both.Federation.Quorum.Reachable != len(d.file.Nodes) {
				return fmt.Sprintf("%s: %s", n.Region, out)
			}
		}
		return ""
	})
	d.checkSame()
}
