package claims

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgUpdate(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var update api.OrganisationUpdate
	var kind, status, sector, size string
	cmd := &cobra.Command{
		Use:   "update ID",
		Short: "Add what is newly known of an organisation: name, lead, sector, size, status",
		Long: `Add what is newly known of an organisation. What is left out stays, and a name that
is replaced stays known as a previous one. Of two reports the one of the later day
counts, on one day the first, and the first lead of an organisation stays.

Exit code 6: something was not taken; it is named.`,
		Example: "  tracker org update GB-COH:07209813 --name \"Acme Robotics Ltd\" --as-of 2023-05-01\n  tracker org update 07209813 --lead otv --sector digital",
		Args:    cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			update.Kind, update.Status = survey.OrganisationKind(kind), survey.OrganisationStatus(status)
			update.Sector, update.SizeBand = survey.Sector(sector), survey.SizeBand(size)
			update.Postcode = strings.ToUpper(update.Postcode)
			if update.Name+update.LeadRegion+kind+status+sector+size+update.Postcode == "" {
				return cli.Usage(cmd, "say what is newly known, for example with --name")
			}
			r, err := c.Replace(cmd.Context(), "update "+string(id), http.MethodPatch, cli.OrganisationPath(id), update)
			if err != nil {
				return err
			}
			if err := printOrganisation(c, out, r); err != nil {
				return err
			}
			return sayNotTaken(c, r, update)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&update.Name, "name", "", "its name now")
	cmd.Flags().StringVar(&update.NameAsOf, "as-of", "", "the day from which it holds, YYYY-MM-DD (default: today)")
	cmd.Flags().StringVar(&update.LeadRegion, "lead", "", "the region that leads it")
	cmd.Flags().StringVar(&kind, "kind", "", "company, charity, nhs, university, public, individual or other")
	cmd.Flags().StringVar(&status, "status", "", "active, dissolved or unknown")
	cmd.Flags().StringVar(&sector, "sector", "", "medtech, digital, diagnostics, pharma, services or other")
	cmd.Flags().StringVar(&size, "size", "", "0-9, 10-49, 50-249 or 250+")
	cmd.Flags().StringVar(&update.Postcode, "postcode", "", "postcode district, for example OX4")
	return cmd
}

// sayNotTaken names what the registry did not take of an update, having news of
// the same day or a later one.
func sayNotTaken(c *cli.Invocation, r cli.Reply, update api.OrganisationUpdate) error {
	var o survey.Organisation
	if err := r.Into(&o); err != nil {
		return err
	}
	kept := false
	for _, f := range []struct{ what, said, is, why string }{
		{"name", survey.CleanName(update.Name), o.Name, ""},
		{"kind", string(update.Kind), string(o.Kind), ""},
		{"status", string(update.Status), string(o.Status), ""},
		{"sector", string(update.Sector), string(o.Sector), ""},
		{"size", string(update.SizeBand), string(o.SizeBand), ""},
		{"postcode district", update.Postcode, o.Postcode, ""},
		{"lead region", strings.ToLower(update.LeadRegion), string(o.LeadRegion), "the first lead of an organisation stays"},
	} {
		if f.said != "" && f.said != f.is {
			kept = true
			c.Say("Not taken: %s %q: the registry has %q; %s.", f.what, f.said, f.is, cmp.Or(f.why, "of two reports the one of the later day counts, and on one day the first: see --as-of"))
		}
	}
	if kept {
		return cli.ErrFindings
	}
	return nil
}
