package claims

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
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
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Get(cmd.Context(), "/organisations/duplicates", url.Values{"limit": {fmt.Sprint(limit)}})
			if err != nil {
				return fmt.Errorf("possible duplicates: %w", err)
			}
			var pairs api.Page[survey.DuplicatePair]
			if err := r.Into(&pairs); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"REASON", "ID", "NAME", "ID", "NAME"}}
			for _, p := range pairs.Items {
				t.Add(strings.ReplaceAll(string(p.Reason), "-", " "), string(p.First.ID), p.First.Name, string(p.Second.ID), p.Second.Name)
			}
			return c.Print(out, r.Body, t, "No pair looks like one company.")
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().IntVar(&limit, "limit", 100, "most pairs to show")
	return cmd
}
