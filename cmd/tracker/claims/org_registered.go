package claims

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
)

func newOrgRegistered(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "registered NUMBER",
		Short:   "Show what this node's copy of the Companies House register says of a company",
		Example: "  tracker org registered 07209813",
		Args:    cli.Exactly("NUMBER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			r, err := c.Read(cmd.Context(), fmt.Sprintf("look %s up", id), "/companies-house/"+url.PathEscape(string(id)), nil)
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			var company api.RegisteredCompany
			if err := r.Into(&company); err != nil {
				return err
			}
			return registeredTable(company).Write(c.Data)
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func registeredTable(company api.RegisteredCompany) cli.Table {
	t := cli.Table{}
	t.Add("number", string(company.ID))
	t.Add("name", company.Name)
	for _, p := range company.PreviousNames {
		t.Add("previous name", p.Name+" (until "+p.AsOf+")")
	}
	for _, line := range [][2]string{{"category", company.Category}, {"status", company.StatusText}, {"postcode district", company.Postcode},
		{"incorporated", company.Incorporated}, {"dissolved", company.Dissolved}, {"register of", company.AsOf}} {
		if line[1] != "" {
			t.Add(line[0], line[1])
		}
	}
	return t
}
