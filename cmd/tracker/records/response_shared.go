package records

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseShared(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "shared --cycle CYCLE",
		Short: "List the answers that other regions shared with this one; they count nowhere",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			found, raw, err := cli.Pages[survey.SharedResponse](cmd.Context(), cl, "/campaigns/"+url.PathEscape(string(cycle))+"/shared", nil, 0)
			if err != nil {
				return fmt.Errorf("answers shared for %s: %w", cycle, err)
			}
			t := cli.Table{Header: []string{"COMPANY", "SHARED BY", "VERSION", "RECEIVED", "TAKEN BACK"}}
			for _, s := range found {
				t.Add(string(s.Organisation), string(s.From), fmt.Sprint(s.Version), out.TimeFor(s.ReceivedAt), out.TimeFor(s.RevokedAt))
			}
			return c.Print(out, cli.ItemsJSON(raw), t, "No other region has shared answers of "+string(cycle)+" with this one.")
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
