package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// claimsCycle is the campaign in which claims are measured, so that no other campaign's figures
	// change.
	claimsCycle = "2098-99"
	// registerBatch is the number of companies in one request.
	registerBatch = 5000
	// maxCompanies keeps a benchmark within the rest of the invented numbers.
	maxCompanies = 500_000
)

func newBenchClaims(c *cli.Invocation) *cobra.Command {
	b := &measurement{Invocation: c}
	cycle := survey.Cycle(claimsCycle)
	var companies int
	var invented bool
	cmd := &cobra.Command{
		Use:   "claims",
		Short: "Measure claims of companies that nobody holds",
		Long: `Measure claims: every client claims one company after another, each a new one, and
waits for the answer. If --dir is a demo's directory, the clients are spread over all
its nodes; if it is a node's, they all ask that node.

The companies are invented, registered before the clock starts, and claimed in a
campaign of their own (` + claimsCycle + `). They stay, so use a demo.

A federation lets each region claim 6,000 companies an hour, which a benchmark reaches
within seconds. Only the policy "open" has no such limit. Make such a demo with
"tracker demo --no-data --policy open --dir demo". Otherwise the measurement stops with
an error when it reaches the limit, because refusals are not measured.`,
		Example: "  tracker demo --no-data --policy open --dir demo\n  tracker bench claims --dir demo\n" +
			"  tracker bench claims --dir demo/otv --clients 1,16 --seconds 30",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if companies < 1 || companies > maxCompanies {
				return cli.Usage(cmd, "--companies %d: use 1 to %d", companies, maxCompanies)
			}
			if err := b.open(cmd); err != nil {
				return err
			}
			if err := b.nodes.mayInvent(invented); err != nil {
				return err
			}
			return b.claims(cmd.Context(), cycle, companies)
		},
	}
	b.flags(cmd, true)
	cli.ParsedFlag(cmd, &cycle, survey.ParseCycle, "cycle", "campaign to claim in; it is opened if necessary")
	cmd.Flags().IntVar(&companies, "companies", 20_000, "companies to register and claim in all measurements together")
	cmd.Flags().BoolVar(&invented, "invented", false, inventedUsage)
	return cmd
}

func (b *measurement) claims(ctx context.Context, cycle survey.Cycle, companies int) error {
	ids, err := b.register(ctx, cycle, companies)
	if err != nil {
		return err
	}

	var next atomic.Int64
	return b.measure(ctx, "CLAIMS", func(ctx context.Context, cl *cli.Client) error {
		i := int(next.Add(1) - 1)
		if i >= len(ids) {
			return errNoMore
		}

		_, err := cl.Post(ctx, cli.ClaimsPath(cycle), api.NewClaim{Organisation: string(ids[i])})
		var refusal *survey.Refusal
		if errors.As(err, &refusal) && refusal.Code == survey.RefusedTooMany {
			return fmt.Errorf("%w (\"tracker demo --no-data --policy %s --dir DEMO\" makes one): %w",
				errLimited, cli.DemoOpenPolicy, err)
		}
		return err
	})
}

// register opens the campaign and registers invented companies. It leaves out those that an earlier
// benchmark registered.
func (b *measurement) register(ctx context.Context, cycle survey.Cycle, companies int) ([]survey.Identifier, error) {
	cl, err := cli.NewClient(b.nodes.profiles[0], "")
	if err != nil {
		return nil, err
	}
	defer cl.HTTP.CloseIdleConnections()

	if _, err := cl.Post(ctx, "/campaigns", api.NewCampaign{Cycle: string(cycle)}); err != nil {
		return nil, fmt.Errorf("open the campaign %s: %w", cycle, err)
	}

	begun := time.Now()
	var ids []survey.Identifier
	for part := range slices.Chunk(inventedNumbers(companies), registerBatch) {
		var rows api.OrganisationBatch
		for _, number := range part {
			id := fmt.Sprintf("%s:%d", survey.SchemeCompany, number)
			rows.Organisations = append(rows.Organisations, api.NewOrganisation{Identifiers: []string{id},
				Name: fmt.Sprintf("Bench %d Ltd", number)})
		}

		done, _, err := cli.Decoded[api.Batch](cl.Post(ctx, "/organisations:batch", rows))
		if err != nil {
			return nil, fmt.Errorf("register invented companies: %w", err)
		}
		// One that exists may be claimed already, and its claim would be refused.
		for _, item := range done.Items {
			if item.Status == survey.OutcomeCreated {
				ids = append(ids, item.ID)
			}
		}
	}

	b.Say("registered %s companies in %.1f s; claiming them at %d nodes",
		cli.Digits(len(ids)), time.Since(begun).Seconds(), len(b.nodes.profiles))
	return ids, nil
}
