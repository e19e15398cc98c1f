package records

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func exportSubject(c *cli.Invocation, cmd *cobra.Command, organisation, contact, file string) error {
	query := url.Values{}
	if organisation != "" {
		id, err := cli.ParseID(cmd, organisation)
		if err != nil {
			return err
		}
		query.Set("organisation", string(id))
	} else if contact != "" {
		query.Set("contact", contact)
	} else {
		return cli.Usage(cmd, "name whom it is about with --organisation or --contact")
	}
	r, err := c.Read(cmd.Context(), fmt.Sprintf("everything about %s%s", organisation, contact), "/subject", query)
	if err != nil {
		return err
	}
	if file != "" {
		return cli.Deliver(c, r.Body, file)
	}
	return c.PrintJSON(r.Body)
}
