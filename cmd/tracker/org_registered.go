package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
)

func newOrgRegistered(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:     "registered NUMBER",
		Short:   "Show what this node's copy of the Companies House register says of a company",
		Example: "  tracker org registered 07209813",
		Args:    exactly("NUMBER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/companies-house/"+url.PathEscape(string(id)), nil)
			if err != nil {
				return fmt.Errorf("look %s up: %w", id, err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var company api.RegisteredCompany
			if err := r.into(&company); err != nil {
				return err
			}
			return registeredTable(company).write(c.out)
		},
	}
	out.flags(cmd, false)
	return cmd
}

func registeredTable(company api.RegisteredCompany) table {
	t := table{}
	t.add("number", string(company.ID))
	t.add("name", company.Name)
	for _, p := range company.PreviousNames {
		t.add("previous name", p.Name+" (until "+p.AsOf+")")
	}
	for _, line := range [][2]string{{"category", company.Category}, {"status", company.StatusText}, {"postcode district", company.Postcode},
		{"incorporated", company.Incorporated}, {"dissolved", company.Dissolved}, {"register of", company.AsOf}} {
		if line[1] != "" {
			t.add(line[0], line[1])
		}
	}
	return t
}
