package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgCommand(c *cli) *cobra.Command {
	return group("org", "Find, add and merge organisations", newOrgSearch(c), newOrgShow(c), newOrgList(c), newOrgAdd(c), newOrgUpdate(c),
		newOrgMerge(c), newOrgSplit(c), newOrgHistory(c), newOrgDuplicates(c), newOrgLift(c), newOrgRegistered(c), newOrgRefresh(c))
}

var orgHeader = []string{"ID", "NAME", "LEAD", "SECTOR", "SIZE", "MATCHED"}

func orgRow(o api.OrganisationItem) []string {
	return []string{string(o.ID), o.Name, string(o.LeadRegion), string(o.Sector), string(o.SizeBand), o.Matched}
}

func newOrgSearch(c *cli) *cobra.Command {
	var out format
	var limit int
	cmd := &cobra.Command{
		Use:     "search TEXT",
		Short:   "Search names, previous names and identifiers, closest first",
		Example: "  tracker org search \"acme medical\"\n  tracker org search 07209813",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > pageSize {
				return usage(cmd, "--limit %d: use 1 to %d", limit, pageSize)
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			query := url.Values{"q": {strings.Join(args, " ")}}
			found, raw, err := pages[api.OrganisationItem](cmd.Context(), cl, "/organisations", query, limit)
			if err != nil {
				return err
			}
			t := table{header: orgHeader}
			for _, o := range found {
				t.add(orgRow(o)...)
			}
			return c.print(out, itemsJSON(raw), t, "Nothing like it is registered. Add it with \"tracker org add\".")
		},
	}
	out.flags(cmd, true)
	cmd.Flags().IntVar(&limit, "limit", 20, "most organisations to show")
	return cmd
}

func newOrgList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List every organisation",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			found, raw, err := pages[api.OrganisationItem](cmd.Context(), cl, "/organisations", nil, 0)
			if err != nil {
				return err
			}
			t := table{header: orgHeader[:5]}
			for _, o := range found {
				t.add(orgRow(o)[:5]...)
			}
			return c.print(out, itemsJSON(raw), t, "No organisation is registered. Import a list with \"tracker import organisations FILE\".")
		},
	}
	out.flags(cmd, true)
	return cmd
}

func newOrgShow(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show one organisation by any of its identifiers",
		Example: "  tracker org show GB-COH:07209813\n  tracker org show 07209813",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/organisations/"+url.PathEscape(string(id)), nil)
			if err != nil {
				return fmt.Errorf("show %s: %w", id, err)
			}
			return printOrganisation(c, out, r)
		},
	}
	out.flags(cmd, false)
	return cmd
}

func printOrganisation(c *cli, out format, r reply) error {
	if out.json {
		return c.printJSON(r.body)
	}
	var o survey.Organisation
	if err := r.into(&o); err != nil {
		return err
	}
	t := table{}
	add := func(label, value string) {
		if value != "" {
			t.add(label, value)
		}
	}
	name := o.Name
	if o.NameAsOf != "" {
		name += " (as of " + o.NameAsOf + ")"
	}
	add("id", string(o.ID))
	add("name", name)
	for _, p := range o.PreviousNames {
		text := p.Name
		if p.AsOf != "" {
			text += " (as of " + p.AsOf + ")"
		}
		add("previous name", text)
	}
	add("identifiers", joinIDs(o.Identifiers))
	add("aliases", joinIDs(o.Aliases))
	add("kind", string(o.Kind))
	add("status", string(o.Status))
	add("lead region", string(o.LeadRegion))
	add("supported by", joinIDs(o.SupportingRegions))
	add("sector", string(o.Sector))
	add("size", string(o.SizeBand))
	add("postcode district", o.Postcode)
	add("merged into", string(o.MergedInto))
	add("version", fmt.Sprint(o.Version))
	if o.ID.Class() == survey.IdentifierChecking {
		c.say("The number %s does not look like a Companies House number: check it.", o.ID.ID())
	}
	return t.write(c.out)
}

func newOrgAdd(c *cli) *cobra.Command {
	var out format
	var ids, not []string
	var kind, lead, sector, size, district string
	cmd := &cobra.Command{
		Use:   "add NAME [--identifier ID]...",
		Short: "Add one organisation to the national registry",
		Long: `Add one organisation to the national registry.

A known identifier returns the organisation that has it. Without an identifier
the node answers with possible duplicates; if it is none of them, ask again and
name each with --not.`,
		Example: "  tracker org add \"Acme Medical Ltd\" --identifier GB-COH:07209813 --lead otv\n  tracker org add \"Acme Clinic\" --not GB-COH:07209813",
		Args:    exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := survey.NewOrganisation{Name: survey.CleanName(args[0]), Kind: survey.OrganisationKind(kind), Sector: survey.Sector(sector),
				SizeBand: survey.SizeBand(size), Postcode: strings.ToUpper(district)}
			var err error
			if o.Identifiers, err = parseIDs(cmd, ids); err != nil {
				return err
			}
			if o.ConfirmNot, err = parseIDs(cmd, not); err != nil {
				return err
			}
			if lead != "" {
				if o.LeadRegion, err = parseRegion(cmd, lead); err != nil {
					return err
				}
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/organisations", o)
			if err != nil {
				return fmt.Errorf("add %q: %w", o.Name, err)
			}
			if r.status == http.StatusCreated {
				c.say("Added.")
			} else {
				c.say("Known already: nothing was added.")
			}
			return printOrganisation(c, out, r)
		},
	}
	out.flags(cmd, false)
	flags := cmd.Flags()
	flags.StringArrayVar(&ids, "identifier", nil, "an identifier; may be given several times")
	flags.StringArrayVar(&not, "not", nil, "a possible duplicate that it is not; may be given several times")
	flags.StringVar(&kind, "kind", "", "company, charity, nhs, university, public, individual or other")
	flags.StringVar(&lead, "lead", "", "code of the lead region")
	flags.StringVar(&sector, "sector", "", "one of "+joinIDs(survey.Sectors()))
	flags.StringVar(&size, "size", "", "one of "+joinIDs(survey.SizeBands()))
	flags.StringVar(&district, "postcode-district", "", "outward half of the postcode, for example OX4")
	return cmd
}

func parseIDs(cmd *cobra.Command, texts []string) ([]survey.Identifier, error) {
	var ids []survey.Identifier
	for _, text := range texts {
		id, err := parseOneID(cmd, text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
