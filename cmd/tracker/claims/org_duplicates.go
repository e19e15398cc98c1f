package claims

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgDuplicates(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var limit int
	cmd := &cobra.Command{
		Use:   "duplicates",
		Short: "Pairs of organisations that may be one, with the reason",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > cli.PageSize {
				return cli.Usage(cmd, "--limit %d: use 1 to %d", limit, cli.PageSize)
			}
			return cli.List[survey.DuplicatePair]{
				Doing:  "possible duplicates",
				Path:   "/organisations/duplicates",
				Query:  url.Values{"limit": {fmt.Sprint(limit)}},
				Header: []string{"REASON", "ID", "NAME", "ID", "NAME"},
				Row: func(p survey.DuplicatePair) []string {
					return []string{strings.ReplaceAll(string(p.Reason), "-", " "), string(p.First.ID), p.First.Name, string(p.Second.ID), p.Second.Name}
				},
				Empty: "No pair looks like one company.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().IntVar(&limit, "limit", 100, "most pairs to show")
	return cmd
}
