// Package bench measures running nodes.
//
// Imports cmd/tracker/cli, node/api, store/sheet, store/survey.
package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// Limits of a benchmark.
const (
	maxClients    = 1024
	maxSeconds    = 3600
	windUpTimeout = 10 * time.Second // for the last requests after the time is up
)

// NewCommand measures running nodes. organisations runs the import that one of the benchmarks
// measures.
func NewCommand(c *cli.Invocation, organisations organisationsImport) *cobra.Command {
	return cli.Group("bench", "Measure running nodes: claims, totals, imports",
		newBenchClaims(c), newBenchTotals(c), newBenchImport(c, organisations))
}

// measurement is one run: what to measure, and at which nodes.
type measurement struct {
	*cli.Invocation
	out     cli.Format
	clients []int
	seconds int
	nodes   nodeSet
}

func (b *measurement) flags(cmd *cobra.Command, loops bool) {
	b.out.Flags(cmd, true)
	cmd.Flags().IntVar(&b.seconds, "seconds", 10, "maximum length of each measurement")
	if loops {
		cmd.Flags().IntSliceVar(&b.clients, "clients", []int{1, 16, 128},
			"clients at the same time; each number is measured")
	}
}

// open checks the flags and finds the nodes.
func (b *measurement) open(cmd *cobra.Command) error {
	if b.seconds < 1 || b.seconds > maxSeconds {
		return cli.Usage(cmd, "--seconds %d: use 1 to %d", b.seconds, maxSeconds)
	}
	for _, n := range b.clients {
		if n < 1 || n > maxClients {
			return cli.Usage(cmd, "--clients %d: use 1 to %d", n, maxClients)
		}
	}

	var err error
	b.nodes, err = findNodes(b.Invocation)
	return err
}

// result is one measurement. Times are in milliseconds. ServerCPU is the processor time that the
// nodes used per request; it is nil if that cannot be known.
type result struct {
	Clients   int      `json:"clients"`
	Requests  int      `json:"requests"`
	Failed    int      `json:"failed"`
	Seconds   float64  `json:"seconds"`
	PerSecond float64  `json:"per_second"`
	P50       float64  `json:"p50_ms"`
	P90       float64  `json:"p90_ms"`
	P99       float64  `json:"p99_ms"`
	Max       float64  `json:"max_ms"`
	ServerCPU *float64 `json:"server_cpu_ms"`
}

// summarize turns the times of the answered requests into a result.
func summarize(clients, failed int, took []time.Duration, elapsed time.Duration) result {
	slices.Sort(took)
	r := result{Clients: clients, Requests: len(took), Failed: failed, Seconds: elapsed.Seconds()}
	if len(took) == 0 {
		return r
	}

	r.PerSecond = float64(len(took)) / elapsed.Seconds()

	// Percentiles are measured times, never interpolated ones.
	at := func(percent int) float64 { return milliseconds(took[(len(took)-1)*percent/100]) }
	r.P50, r.P90, r.P99, r.Max = at(50), at(90), at(99), at(100)
	return r
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// measure runs the loop once for each number of clients and prints the results. Every client
// repeats request until the time is up or request returns errNoMore.
func (b *measurement) measure(ctx context.Context, what string, request requestFunc) error {
	var results []result
	t := cli.Table{Right: []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, Header: []string{"CLIENTS", what, "FAILED", "PER SECOND",
		"P50 MS", "P90 MS", "P99 MS", "MAX MS", "SERVER CPU MS EACH"}}

	for _, n := range b.clients {
		r, err := b.loop(ctx, n, request)
		if err != nil {
			return err
		}

		results = append(results, r)
		t.Add(fmt.Sprint(r.Clients), fmt.Sprint(r.Requests), fmt.Sprint(r.Failed), fmt.Sprintf("%.0f", r.PerSecond),
			fmt.Sprintf("%.1f", r.P50), fmt.Sprintf("%.1f", r.P90), fmt.Sprintf("%.1f", r.P99), fmt.Sprintf("%.1f",
				r.Max),
			cpuCell(r.ServerCPU))
	}
	return b.Print(b.out, map[string]any{"nodes": len(b.nodes.profiles), "measurements": results}, t, "")
}

func newBenchTotals(c *cli.Invocation) *cobra.Command {
	b := &measurement{Invocation: c}
	cycle := cli.DemoCycle
	var by string
	cmd := &cobra.Command{
		Use:   "totals",
		Short: "Measure national totals as the nodes hold them",
		Long: `Measure cached totals: every client asks for the national totals of one cycle again
and again. It changes nothing.`,
		Example: "  tracker bench totals --dir demo\n  tracker bench totals --dir demo/otv --by region --clients 16",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := b.open(cmd); err != nil {
				return err
			}

			// Live totals would measure the other regions too.
			query := cli.Query("cycle", string(cycle), "mode", string(survey.ModeCached), "by", by)
			return b.measure(cmd.Context(), "TOTALS", func(ctx context.Context, cl *cli.Client) error {
				_, err := cl.Get(ctx, "/totals", query)
				return err
			})
		},
	}
	b.flags(cmd, true)
	cli.ParsedFlag(cmd, &cycle, survey.ParseCycle, "cycle", "cycle to ask for")
	cmd.Flags().StringVar(&by, "by", "", "breakdown: region, "+survey.List(survey.Dimensions()))
	return cmd
}
