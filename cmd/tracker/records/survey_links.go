package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store"
)

func newSurveyLinks(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle string
	cmd := &cobra.Command{
		Use:   "links --cycle CYCLE",
		Short: "List the links and how far each company has come",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parsed, err := cli.ParseCycle(cmd, cycle)
			if err != nil {
				return err
			}
			return cli.List[store.SurveyLink]{
				Path:   linksPath(string(parsed)),
				Header: []string{"ID", "ORGANISATION", "STAGE", "MADE", "EXPIRES", "REMINDERS", "EMAIL"},
				Row: func(l store.SurveyLink) []string {
					return []string{l.ID, string(l.Organisation), string(l.Stage()), out.TimeFor(l.Created), out.TimeFor(l.Expires), fmt.Sprint(len(l.Reminders)), l.Email}
				},
				Empty: "No links have been made. Make one with \"tracker survey invite ID\".",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}
