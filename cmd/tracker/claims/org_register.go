package claims

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgRegistered(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "registered NUMBER",
		Short:   "Show what this node's copy of the Companies House register says about a company",
		Example: "  tracker org registered 07209813",
		Args:    cli.Exactly("NUMBER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			path := "/companies-house/" + url.PathEscape(string(id))
			answer, err := c.Read(cmd.Context(), fmt.Sprintf("look %s up", id), path, nil)
			company, r, err := cli.Decoded[api.RegisteredCompany](answer, err)
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			return registeredTable(company).Write(c.Data)
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func registeredTable(company api.RegisteredCompany) cli.Table {
	t := cli.Table{}
	t.Add("number", string(company.ID))
	t.Add("name", company.Name)
	for _, p := range company.PreviousNames {
		t.Add("previous name", p.Name+" (until "+p.AsOf+")")
	}

	// The register leaves many of these blank.
	for _, line := range [][2]string{
		{"category", company.Category}, {"status", company.StatusText}, {"postcode district", company.Postcode},
		{"incorporated", company.Incorporated}, {"dissolved", company.Dissolved}, {"register of", company.AsOf}} {
		if line[1] != "" {
			t.Add(line[0], line[1])
		}
	}
	return t
}

func newOrgRefresh(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var dryRun bool
	var region string
	cmd := &cobra.Command{
		Use:   "refresh",
		Short: "Update registered organisations from the Companies House register",
		Long: `Update registered organisations from the Companies House register: a newer name,
previous names, status, postcode district.

It compares with the copy that "tracker import companies-house" put into the
node's directory. Companies that are no longer in the register stay as they are.`,
		Example: "  tracker org refresh --dry-run\n  tracker org refresh --region otv",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			query := cli.Query("region", region)
			found, raw, err := cli.Pages[api.OutdatedOrganisation](cmd.Context(), cl, "/organisations/outdated",
				query, 0)
			if err != nil {
				return fmt.Errorf("compare with the register: %w", err)
			}

			t := cli.Table{Header: []string{"ID", "NAME", "REGISTERED NAME", "REGISTER OF", "WHAT"}}
			for _, o := range found {
				t.Add(string(o.Register.ID), o.Organisation.Name, o.Register.Name, o.Register.AsOf,
					strings.Join(o.What, ", "))
			}

			if err := c.Print(out, cli.ItemsJSON(raw), t, "The register has nothing newer."); err != nil {
				return err
			}

			// The table is all that a dry run is for.
			if dryRun || len(found) == 0 {
				c.Say("Nothing was changed.")
				return nil
			}
			return refresh(c, cmd, cl, found)
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would change, and change nothing")
	cmd.Flags().StringVar(&region, "region", "", "only organisations that this region leads or supports")
	return cmd
}

// refreshBatch is the number of updates in one request.
const refreshBatch = 500

// refresh sends the updates in batches. Batches already recorded stay; running the command again
// sends the rest.
func refresh(c *cli.Invocation, cmd *cobra.Command, cl *cli.Client, found []api.OutdatedOrganisation) error {
	updated, refused := 0, 0
	for batch := range slices.Chunk(found, refreshBatch) {
		var list api.OrganisationBatch
		for _, o := range batch {
			list.Organisations = append(list.Organisations, o.Update)
		}

		done, _, err := cli.Decoded[api.Batch](cl.Post(cmd.Context(), "/organisations:batch", list))
		if err != nil {
			return fmt.Errorf("update organisations: %w (%d were updated before this: run it again for the rest)",
				err, updated)
		}

		for i, outcome := range done.Items {
			// Another region may have reported something newer since the comparison.
			if outcome.Status == survey.OutcomeRefused {
				refused++
				c.Say("%s: %s", batch[i].Register.ID, outcome.Refusal.Detail)
				continue
			}
			updated++
		}
	}
	c.Say("Updated %d organisations.", updated)
	if refused > 0 {
		return cli.ErrFindings
	}
	return nil
}
