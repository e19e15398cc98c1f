package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgHistory(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "history ID",
		Short: "Every change of an organisation: when, which region, why",
		Long: `Every change of an organisation: when, which region, which of its people (a
number that only that region can read), and the coded reason. The wording is in
that region's own audit log.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Get(cmd.Context(), cli.OrganisationPath(id)+"/history", nil)
			if err != nil {
				return fmt.Errorf("history of %s: %w", id, err)
			}
			var history api.Page[survey.OrganisationEvent]
			if err := r.Into(&history); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"NUMBER", "WHEN", "COMPANY", "WHAT", "REGION", "ACTOR", "REASON", "OTHER"}}
			for _, e := range history.Items {
				t.Add(fmt.Sprint(e.Number), out.TimeFor(e.At), string(e.Organisation), string(e.Action), string(e.Region), fmt.Sprint(e.Actor), string(e.Reason), string(e.Other))
			}
			return c.Print(out, r.Body, t, "Nothing is known of its history.")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
