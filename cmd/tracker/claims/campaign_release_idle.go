package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newReleaseIdle(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "release-idle CYCLE ID", Short: "Take a company from a holder that has not contacted it for 28 days", Args: cli.Exactly("CYCLE", "ID"),
		Long: `Take a company from a holder that has not contacted it for 28 days: two other regions than
the holder decide it. "tracker claims --idle" lists such claims.` + secondRegion,
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, id, err := cli.ParseCycleAndID(cmd, args[0], args[1])
			if err != nil {
				return err
			}
			r, err := c.Send(cmd.Context(), fmt.Sprintf("release %s in %s", id, cycle), cli.ClaimPath(cycle, id)+"/release-idle", struct{}{})
			if err != nil {
				return err
			}
			return sayStepped(c, out, r, fmt.Sprintf("%s is free: claim it.", id))
		},
	}
	out.Flags(cmd, false)
	return cmd
}
