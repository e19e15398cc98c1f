package claims

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewOrgCommand finds, adds and merges organisations.
func NewOrgCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("org", "Find, add, correct and merge organisations",
		newOrgSearch(c), newOrgShow(c), newOrgList(c), newOrgAdd(c), newOrgUpdate(c), newOrgMerge(c), newOrgSplit(c),
		newOrgHistory(c), newOrgDuplicates(c), newOrgLift(c), newOrgRegistered(c), newOrgRefresh(c))
}

func newOrgAdd(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var ids, not []string
	var kind, sector, size string
	var o survey.NewOrganisation
	cmd := &cobra.Command{
		Use:   "add NAME [--identifier ID]...",
		Short: "Add one organisation to the national registry",
		Long: `Add one organisation to the national registry.

If an identifier is known, this returns the organisation that has it. Without an
identifier the node answers with possible duplicates; if yours is none of them, ask
again and name each one with --not.`,
		Example: "  tracker org add \"Acme Medical Ltd\" --identifier GB-COH:07209813 --lead otv\n" +
			"  tracker org add \"Acme Clinic\" --not GB-COH:07209813",
		Args: cli.Exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name, o.Postcode = survey.CleanName(args[0]), strings.ToUpper(o.Postcode)
			o.Kind, o.Sector, o.SizeBand = survey.OrganisationKind(kind), survey.Sector(sector), survey.SizeBand(size)
			var err error
			if o.Identifiers, err = cli.ParseIDs(cmd, ids); err != nil {
				return err
			}
			if o.ConfirmNot, err = cli.ParseIDs(cmd, not); err != nil {
				return err
			}

			// The registry decides whether it is new, because another region may add it at this
			// moment.
			r, err := c.Send(cmd.Context(), fmt.Sprintf("add %q", o.Name), "/organisations", o)
			if err != nil {
				return err
			}

			if r.Status == http.StatusCreated {
				c.Say("Added.")
			} else {
				c.Say("It is known already: nothing was added.")
			}
			return printOrganisation(c, out, r)
		},
	}
	out.Flags(cmd, false)
	flags := cmd.Flags()
	flags.StringArrayVar(&ids, "identifier", nil, "an identifier; may be repeated")
	flags.StringArrayVar(&not, "not", nil, "a possible duplicate that this is not; may be repeated")
	flags.StringVar(&kind, "kind", "", "company, charity, nhs, university, public, individual or other")
	cli.ParsedFlag(cmd, &o.LeadRegion, survey.ParseRegion, "lead", "code of the lead region")
	flags.StringVar(&sector, "sector", "", "one of "+survey.List(survey.Sectors()))
	flags.StringVar(&size, "size", "", "one of "+survey.List(survey.SizeBands()))
	flags.StringVar(&o.Postcode, "postcode-district", "", "first half of the postcode, for example OX4")
	return cmd
}

func newOrgShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show an organisation by any of its identifiers",
		Example: "  tracker org show GB-COH:07209813\n  tracker org show 07209813",
		Args:    cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			r, err := c.Read(cmd.Context(), fmt.Sprintf("show %s", id), cli.OrganisationPath(id), nil)
			if err != nil {
				return err
			}
			return printOrganisation(c, out, r)
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func printOrganisation(c *cli.Invocation, out cli.Format, r cli.Reply) error {
	if out.JSON {
		return c.PrintJSON(r.Body)
	}
	var o survey.Organisation
	if err := r.Into(&o); err != nil {
		return err
	}
	t := cli.Table{}

	// Most organisations have only some of these, and an empty line would tell nobody anything.
	add := func(label, value string) {
		if value != "" {
			t.Add(label, value)
		}
	}

	// A name is known as of a day, and may have changed since.
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

	add("identifiers", survey.List(o.Identifiers))
	add("aliases", survey.List(o.Aliases))
	add("kind", string(o.Kind))
	add("status", string(o.Status))
	add("lead region", string(o.LeadRegion))
	add("supported by", survey.List(o.SupportingRegions))
	add("sector", string(o.Sector))
	add("size", string(o.SizeBand))
	add("postcode district", o.Postcode)
	add("merged into", string(o.MergedInto))
	add("version", fmt.Sprint(o.Version))

	if o.ID.Class() == survey.IdentifierChecking {
		c.Say("%s does not look like a Companies House number: check it.", o.ID.ID())
	}
	return t.Write(c.Data)
}

func newOrgHistory(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "history ID",
		Short: "List every change of an organisation: when, by which region, why",
		Long: `List every change of an organisation: when, by which region and which of its people (a
number that only that region can look up), and the coded reason. The reason in words
is in that region's own audit log.`,
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
					return []string{fmt.Sprint(e.Number), out.TimeFor(e.At), string(e.Organisation), string(e.Action),
						string(e.Region), fmt.Sprint(e.Actor), string(e.Reason), string(e.Other)}
				},
				Empty: "It has no recorded history.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newOrgDuplicates(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var limit int
	cmd := &cobra.Command{
		Use:   "duplicates",
		Short: "List pairs of organisations that may be the same, with the reason",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > cli.PageSize {
				return cli.Usage(cmd, "--limit %d: use 1 to %d", limit, cli.PageSize)
			}
			return cli.List[survey.DuplicatePair]{
				Doing:  "possible duplicates",
				Path:   "/organisations/duplicates",
				Query:  url.Values{"limit": {fmt.Sprint(limit)}},
				Header: []string{"REASON", "ID", "NAME", "ID", "NAME"},
				Row: func(p survey.DuplicatePair) []string {
					// Codes have hyphens, and people read this column.
					reason := strings.ReplaceAll(string(p.Reason), "-", " ")
					return []string{reason, string(p.First.ID), p.First.Name, string(p.Second.ID), p.Second.Name}
				},
				Empty: "No two organisations look the same.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().IntVar(&limit, "limit", 100, "maximum number of pairs")
	return cmd
}
