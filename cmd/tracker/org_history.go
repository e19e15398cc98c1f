package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgHistory(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "history ID",
		Short: "Every change of an organisation: when, which region, why",
		Long: `Every change of an organisation: when, which region, which of its people (a
number that only that region can read), and the coded reason. The wording is in
that region's own audit log.`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), organisationPath(id)+"/history", nil)
			if err != nil {
				return fmt.Errorf("history of %s: %w", id, err)
			}
			var history api.Page[survey.OrganisationEvent]
			if err := r.into(&history); err != nil {
				return err
			}
			t := table{header: []string{"NUMBER", "WHEN", "COMPANY", "WHAT", "REGION", "ACTOR", "REASON", "OTHER"}}
			for _, e := range history.Items {
				t.add(fmt.Sprint(e.Number), out.timeFor(e.At), string(e.Organisation), string(e.Action), string(e.Region), fmt.Sprint(e.Actor), string(e.Reason), string(e.Other))
			}
			return c.print(out, r.body, t, "Nothing is known of its history.")
		},
	}
	out.flags(cmd, true)
	return cmd
}
