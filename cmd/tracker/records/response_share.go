package records

import (
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseShare(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	var revoke bool
	cmd := &cobra.Command{
		Use:   "share ID --cycle CYCLE [--revoke]",
		Short: "Let the regions that a company named see its answers, as the company allowed",
		Long: `Let the regions that a company named as having supported it see its answers,
because the company said so. Each of them gets one copy, sealed to its node. It
is shown there as shared, and counts nowhere again. With --revoke every copy is
taken back; a mark stays.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, id, err := cli.ParseCycleAndID(cmd, cycleText, args[0])
			if err != nil {
				return err
			}
			said := api.SharingSaid{Sharing: string(survey.SharingAllowed)}
			if revoke {
				said.Sharing = string(survey.SharingRefused)
			}
			r, err := c.Replace(cmd.Context(), "share the answers of "+string(id), http.MethodPut, responsePath(cycle, id)+"/sharing", said)
			if err != nil {
				return err
			}
			return printResponse(cmd.Context(), c, out, r)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycleText)
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take every copy back")
	return cmd
}
