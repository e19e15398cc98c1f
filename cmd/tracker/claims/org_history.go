package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
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
			return cli.List[survey.OrganisationEvent]{
				Doing:  fmt.Sprintf("history of %s", id),
				Path:   cli.OrganisationPath(id) + "/history",
				Header: []string{"NUMBER", "WHEN", "COMPANY", "WHAT", "REGION", "ACTOR", "REASON", "OTHER"},
				Row: func(e survey.OrganisationEvent) []string {
					return []string{fmt.Sprint(e.Number), out.TimeFor(e.At), string(e.Organisation), string(e.Action), string(e.Region), fmt.Sprint(e.Actor), string(e.Reason), string(e.Other)}
				},
				Empty: "Nothing is known of its history.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
