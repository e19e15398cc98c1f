package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newInviteCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var life time.Duration
	var observer bool
	cmd := &cobra.Command{
		Use:   "invite REGION",
		Short: "Print a one-time token that lets a region's node join the federation",
		Long: `Print a one-time token on standard output. Anyone who has it can join as that region, once:
send it over a channel that you trust. A new token for the same region replaces it.`,
		Example: "  tracker invite wessex --dir /var/lib/tracker",
		Args:    cli.Exactly("REGION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			region, err := cli.ParseRegion(cmd, args[0])
			if err != nil {
				return err
			}

			hours := int(life / time.Hour)
			if life%time.Hour != 0 || hours < 1 || hours > 24 {
				return cli.Usage(cmd, "--life %v: use whole hours, 1h to 24h", life)
			}

			body := map[string]any{"region": region, "hours": hours}
			if observer {
				body["role"] = survey.RoleObserver
			}

			r, err := c.Send(cmd.Context(), fmt.Sprintf("invite %s", region), "/federation/invites", body)
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			var issued struct {
				Token   string    `json:"token"`
				Expires time.Time `json:"expires"`
			}
			if err := r.Into(&issued); err != nil {
				return err
			}
			c.Say("For %s (%s), valid once, until %s. Run there: tracker join TOKEN",
				region, region.Name(), cli.LongTime(issued.Expires))
			fmt.Fprintln(c.Data, issued.Token)
			return nil
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().DurationVar(&life, "life", 24*time.Hour, "how long the token is valid, in whole hours")
	cmd.Flags().BoolVar(&observer, "observer", false, "let the region follow without ever voting")
	return cmd
}
