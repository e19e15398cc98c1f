package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

func exportSubject(c *cli, cmd *cobra.Command, organisation, contact, file string) error {
	query := url.Values{}
	if organisation != "" {
		id, err := parseOneID(cmd, organisation)
		if err != nil {
			return err
		}
		query.Set("organisation", string(id))
	} else if contact != "" {
		query.Set("contact", contact)
	} else {
		return usage(cmd, "name whom it is about with --organisation or --contact")
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.get(cmd.Context(), "/subject", query)
	if err != nil {
		return fmt.Errorf("everything about %s%s: %w", organisation, contact, err)
	}
	if file != "" {
		return deliver(c, r.body, file)
	}
	return c.printJSON(r.body)
}
