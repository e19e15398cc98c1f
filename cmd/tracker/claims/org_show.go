package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show one organisation by any of its identifiers",
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
	add := func(label, value string) {
		if value != "" {
			t.Add(label, value)
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
	add("identifiers", cli.Join(o.Identifiers))
	add("aliases", cli.Join(o.Aliases))
	add("kind", string(o.Kind))
	add("status", string(o.Status))
	add("lead region", string(o.LeadRegion))
	add("supported by", cli.Join(o.SupportingRegions))
	add("sector", string(o.Sector))
	add("size", string(o.SizeBand))
	add("postcode district", o.Postcode)
	add("merged into", string(o.MergedInto))
	add("version", fmt.Sprint(o.Version))
	if o.ID.Class() == survey.IdentifierChecking {
		c.Say("The number %s does not look like a Companies House number: check it.", o.ID.ID())
	}
	return t.Write(c.Data)
}
