package claims

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgAdd(c *cli.Invocation) *cobra.Command {
	var out cli.Format
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
		Args:    cli.Exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := survey.NewOrganisation{Name: survey.CleanName(args[0]), Kind: survey.OrganisationKind(kind), Sector: survey.Sector(sector),
				SizeBand: survey.SizeBand(size), Postcode: strings.ToUpper(district)}
			var err error
			if o.Identifiers, err = cli.ParseIDs(cmd, ids); err != nil {
				return err
			}
			if o.ConfirmNot, err = cli.ParseIDs(cmd, not); err != nil {
				return err
			}
			if lead != "" {
				if o.LeadRegion, err = cli.ParseRegion(cmd, lead); err != nil {
					return err
				}
			}
			r, err := c.Send(cmd.Context(), fmt.Sprintf("add %q", o.Name), "/organisations", o)
			if err != nil {
				return err
			}
			if r.Status == http.StatusCreated {
				c.Say("Added.")
			} else {
				c.Say("Known already: nothing was added.")
			}
			return printOrganisation(c, out, r)
		},
	}
	out.Flags(cmd, false)
	flags := cmd.Flags()
	flags.StringArrayVar(&ids, "identifier", nil, "an identifier; may be given several times")
	flags.StringArrayVar(&not, "not", nil, "a possible duplicate that it is not; may be given several times")
	flags.StringVar(&kind, "kind", "", "company, charity, nhs, university, public, individual or other")
	flags.StringVar(&lead, "lead", "", "code of the lead region")
	flags.StringVar(&sector, "sector", "", "one of "+cli.Join(survey.Sectors()))
	flags.StringVar(&size, "size", "", "one of "+cli.Join(survey.SizeBands()))
	flags.StringVar(&district, "postcode-district", "", "outward half of the postcode, for example OX4")
	return cmd
}
