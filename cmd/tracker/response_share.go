package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseShare(c *cli) *cobra.Command {
	var out format
	var cycleText string
	var revoke bool
	cmd := &cobra.Command{
		Use:   "share ID --cycle CYCLE [--revoke]",
		Short: "Let the regions that a company named see its answers, as the company allowed",
		Long: `Let the regions that a company named as having supported it see its answers,
because the company said so. Each of them gets one copy, sealed to its node. It
is shown there as shared, and counts nowhere again. With --revoke every copy is
taken back; a mark stays.`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			said := api.SharingSaid{Sharing: string(survey.SharingAllowed)}
			if revoke {
				said.Sharing = string(survey.SharingRefused)
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.change(cmd.Context(), http.MethodPut, responsesPath(cycle)+"/"+url.PathEscape(string(id))+"/sharing", said, cl.nextKey())
			if err != nil {
				return fmt.Errorf("share the answers of %s: %w", id, err)
			}
			return printResponse(cmd.Context(), c, out, r)
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycleText)
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take every copy back")
	return cmd
}
