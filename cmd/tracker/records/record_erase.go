package records

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newRecordErase(c *cli.Invocation) *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use:   "erase KIND ID --yes",
		Short: "Remove a record with its whole history, or all about an organisation, for good",
		Long: `Remove a record with its whole history, for good, and rewrite the node's file
without it. With the kind "organisation" and its identifier, everything that
this region keeps about it is removed: records, answers of all years, and copies
shared by others; copies given to others are taken back. The registry keeps it. The audit log keeps that it was erased, not what it said. Uploaded
lists that were not committed are removed too. Backups made before hold it until
they are rotated out.`,
		Args: cli.Exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/organisations/" + url.PathEscape(args[1])
			if !strings.EqualFold(args[0], "organisation") {
				kind, err := parseKind(cmd, args[0])
				if err != nil {
					return err
				}
				path = recordPath(kind, args[1])
			}
			if !sure {
				return cli.Usage(cmd, "this cannot be taken back: say --yes")
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			if _, err := cl.Post(cmd.Context(), path+"/erase", struct{}{}); err != nil {
				return fmt.Errorf("erase %s %s: %w", args[0], args[1], err)
			}
			c.Say("Erased.")
			return nil
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "it cannot be taken back")
	return cmd
}
