// Package claims has the verbs of the registry: organisations, campaigns, claims, innovations.
//
// Imports cmd/tracker/cli, node/api, store/sheet, store/survey.
package claims

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// claimFlags holds the flags of one run of claim.
type claimFlags struct {
	out       cli.Format
	cycle     survey.Cycle
	file      string
	proposed  bool
	sponsored string // the region to claim for, "" for this one
}

// NewClaimCommand claims companies.
func NewClaimCommand(c *cli.Invocation) *cobra.Command {
	var f claimFlags
	cmd := &cobra.Command{
		Use:   "claim ID... --cycle CYCLE",
		Short: "Claim companies for this region's survey",
		Long: `Claim companies for this region's survey. At most one region holds a company in a
campaign. It is not an error if this region already holds it.

With --file the companies come from a list (CSV) that has a column of company
numbers or identifiers. With --proposed they are the eligible companies that
this region leads; those that another region holds or also supports are named.

Exit code 4: another region holds one of the companies. The command names that
region and the date, and claims the other companies of the list all the same.`,
		Example: "  tracker claim GB-COH:07209813 --cycle 2022-23\n  tracker claim --file ours.csv --cycle 2022-23",
		RunE:    func(cmd *cobra.Command, args []string) error { return claim(c, cmd, f, args) },
	}
	f.out.Flags(cmd, true)
	cli.CycleFlag(cmd, &f.cycle)
	cmd.Flags().StringVar(&f.file, "file", "", "list (CSV) of the companies")
	cmd.Flags().BoolVar(&f.proposed, "proposed", false, "claim the eligible companies that this region leads")
	cmd.Flags().StringVar(&f.sponsored, "for", "", "claim for a region without a node, until it joins")
	return cmd
}

func claim(c *cli.Invocation, cmd *cobra.Command, f claimFlags, args []string) error {
	ids, err := namedCompanies(cmd, args, f.file)
	if err != nil {
		return err
	}
	if len(ids) == 0 && !f.proposed {
		return cli.Usage(cmd, "name at least one company, or a list with --file, or use --proposed")
	}

	cl, err := c.Connect()
	if err != nil {
		return err
	}
	if f.proposed {
		more, err := proposedClaims(c, cmd, cl, f.cycle)
		if err != nil {
			return err
		}
		if ids = append(ids, more...); len(ids) == 0 {
			c.Say("Nothing was claimed: no free eligible company has this region as its lead.")
			return nil
		}
	}

	// A person who asks about one company gets its claim; a list gets a result for each row.
	if len(ids) == 1 && f.file == "" && !f.proposed {
		return claimOne(cmd.Context(), c, cl, f, ids[0])
	}
	return claimMany(cmd.Context(), c, cl, f, ids)
}

func claimOne(ctx context.Context, c *cli.Invocation, cl *cli.Client, f claimFlags, id survey.Identifier) error {
	body := api.NewClaim{Organisation: string(id), Sponsoring: api.Sponsoring{For: f.sponsored}}
	r, err := cl.Post(ctx, cli.ClaimsPath(f.cycle), body)
	if err != nil {
		return fmt.Errorf("claim %s in %s: %w", id, f.cycle, err)
	}
	if r.Status == http.StatusCreated {
		c.Say("Claimed.")
	} else {
		c.Say("Claimed before: this region already holds it.")
	}
	return printClaim(c, f.out, r)
}

// printClaim prints one claim.
func printClaim(c *cli.Invocation, out cli.Format, r cli.Reply) error {
	var claim survey.Claim
	if err := r.Into(&claim); err != nil {
		return err
	}
	t := cli.Table{Header: claimHeader}
	t.Add(claimRow(out, claim)...)
	return c.Print(out, r.Body, t, "")
}

// claimMany claims in batches. It prints the claims of earlier batches even when a later one fails.
func claimMany(ctx context.Context, c *cli.Invocation, cl *cli.Client, f claimFlags, ids []survey.Identifier) error {
	items, failed := inBatches(ids, func(part []survey.Identifier) (cli.Reply, error) {
		body := api.IdentifierBatch{Organisations: survey.Codes(part), Sponsoring: api.Sponsoring{For: f.sponsored}}
		return cl.Post(ctx, cli.ClaimsPath(f.cycle)+":batch", body)
	})
	if failed != nil {
		failed = fmt.Errorf("claim: %w", failed)
	}

	counts, err := printOutcomes(c, f.out, ids, items, "Nothing was claimed.")
	if counts != nil {
		c.Say("%d claimed, %d this region's before, %d refused.",
			counts[survey.OutcomeGranted], counts[survey.OutcomeMine], counts[survey.OutcomeRefused])
	}

	// The batch that failed matters more than the refusals in those before it.
	if failed != nil {
		return failed
	}
	return err
}

// proposedClaims returns the free companies that this region leads. It says which of the others it
// left out, and why.
func proposedClaims(c *cli.Invocation, cmd *cobra.Command, cl *cli.Client, cycle survey.Cycle) (
	ids []survey.Identifier, err error) {
	proposed, _, err := cli.Pages[survey.ProposedClaim](cmd.Context(), cl, cli.CampaignPath(cycle)+"/proposed", nil, 0)
	if err != nil {
		return nil, fmt.Errorf("companies that this region leads in %s: %w", cycle, err)
	}

	for _, p := range proposed {
		switch {
		case p.Holder != "":
			c.Say("%s %s: held by %s (%s).", p.Organisation, p.Name, p.Holder, p.State)
		case p.DoNotSurvey:
			c.Say("%s %s: has asked not to be surveyed.", p.Organisation, p.Name)
		default:
			// Both regions support it, but only its lead claims it: this is for information.
			if len(p.AlsoSupportedBy) > 0 {
				c.Say("%s %s: supported by %s too.", p.Organisation, p.Name, survey.List(p.AlsoSupportedBy))
			}
			ids = append(ids, p.Organisation)
		}
	}
	return ids, nil
}
