package claims

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
)

var orgHeader = []string{"ID", "NAME", "LEAD", "SECTOR", "SIZE", "MATCHED"}

func orgRow(o api.OrganisationItem) []string {
	return []string{string(o.ID), o.Name, string(o.LeadRegion), string(o.Sector), string(o.SizeBand), o.Matched}
}

func newOrgSearch(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var limit int
	cmd := &cobra.Command{
		Use:     "search TEXT",
		Short:   "Search names, previous names and identifiers, best match first",
		Example: "  tracker org search \"acme medical\"\n  tracker org search 07209813",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > cli.PageSize {
				return cli.Usage(cmd, "--limit %d: use 1 to %d", limit, cli.PageSize)
			}

			return cli.List[api.OrganisationItem]{
				Path:   "/organisations",
				Query:  cli.Query("q", strings.Join(args, " ")),
				Limit:  limit,
				Header: orgHeader,
				Row:    orgRow,
				Empty:  "Nothing similar is registered. Add it with \"tracker org add\".",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().IntVar(&limit, "limit", 20, "maximum number of organisations")
	return cmd
}

func newOrgList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List all organisations",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[api.OrganisationItem]{
				Path:   "/organisations",
				Header: orgHeader[:5],
				Row:    func(o api.OrganisationItem) []string { return orgRow(o)[:5] },
				Empty:  "No organisations are registered. Import a list with \"tracker import organisations FILE\".",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
