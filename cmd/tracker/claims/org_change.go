package claims

import (
	"cmp"
	"fmt"
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
		Short: "Add new facts about an organisation: name, lead, sector, size, status",
		Long: `Add new facts about an organisation. What you leave out stays as it is, and a name that
is replaced is kept as a previous name. Of two reports the one with the later date counts;
on the same day the first one does. An organisation's first lead always stays.

Exit code 6: some facts were not accepted; they are named.`,
		Example: "  tracker org update GB-COH:07209813 --name \"Acme Robotics Ltd\" --as-of 2023-05-01\n" +
			"  tracker org update 07209813 --lead otv --sector digital",
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}

			update.Kind, update.Status = survey.OrganisationKind(kind), survey.OrganisationStatus(status)
			update.Sector, update.SizeBand = survey.Sector(sector), survey.SizeBand(size)
			update.Postcode = strings.ToUpper(update.Postcode)

			// A date alone would be an update that changes nothing.
			if update.Name+update.LeadRegion+kind+status+sector+size+update.Postcode == "" {
				return cli.Usage(cmd, "give at least one new fact, for example with --name")
			}

			r, err := c.Replace(cmd.Context(), "update "+string(id), http.MethodPatch, cli.OrganisationPath(id), update)
			if err != nil {
				return err
			}

			if err := printOrganisation(c, out, r); err != nil {
				return err
			}

			// The node stores what it accepts and refuses nothing, so the reply must be compared
			// with the request.
			return sayNotTaken(c, r, update)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&update.Name, "name", "", "its current name")
	cmd.Flags().StringVar(&update.NameAsOf, "as-of", "", "first day on which this is true, YYYY-MM-DD (default: today)")
	cmd.Flags().StringVar(&update.LeadRegion, "lead", "", "code of its lead region")
	cmd.Flags().StringVar(&kind, "kind", "", "company, charity, nhs, university, public, individual or other")
	cmd.Flags().StringVar(&status, "status", "", "active, dissolved or unknown")
	cmd.Flags().StringVar(&sector, "sector", "", "medtech, digital, diagnostics, pharma, services or other")
	cmd.Flags().StringVar(&size, "size", "", "0-9, 10-49, 50-249 or 250+")
	cmd.Flags().StringVar(&update.Postcode, "postcode", "", "postcode district, for example OX4")
	return cmd
}

// sayNotTaken names the facts that the registry did not accept because it has a report of the same
// day or later.
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
		{"lead region", strings.ToLower(update.LeadRegion), string(o.LeadRegion),
			"the first lead of an organisation stays"},
	} {
		if f.said != "" && f.said != f.is {
			kept = true
			why := cmp.Or(f.why, "of two reports the later one counts, and on one day the first: see --as-of")
			c.Say("Not accepted: %s %q: the registry has %q; %s.", f.what, f.said, f.is, why)
		}
	}
	if kept {
		return cli.ErrFindings
	}
	return nil
}

func newOrgMerge(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var reason string
	cmd := &cobra.Command{
		Use:   "merge FROM INTO --reason REASON",
		Short: "Merge an organisation into another, for the whole nation",
		Long: `Merge an organisation that was entered twice into the one that remains, for the whole
nation. All identifiers and names of both stay known. Of two claims in an open campaign
only one stays: the one with an answer, otherwise the one granted first. The other is
released. "tracker org split FROM" undoes the merge.`,
		Example: "  tracker org merge AHSN:01J8Z GB-COH:07209813 --reason renumbered",
		Args:    cli.Exactly("FROM", "INTO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Both are read first: a merge is too much for a mistyped identifier.
			ids, err := cli.ParseIDs(cmd, args)
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, ids[0], "merge",
				map[string]string{"into": string(ids[1]), "reason": reason},
				fmt.Sprintf("Merged: %s is now part of %s.", ids[0], ids[1]))
		},
	}
	out.Flags(cmd, false)
	reasonFlag(cmd, &reason, string(survey.MergeSameCompany))
	return cmd
}

func newOrgSplit(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var reason string
	cmd := &cobra.Command{
		Use:   "split ID",
		Short: "Undo a merge, by the identifier that was merged away",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, id, "split", map[string]string{"reason": reason},
				fmt.Sprintf("Split: %s is separate again.", id))
		},
	}
	out.Flags(cmd, false)
	reasonFlag(cmd, &reason, string(survey.MergeMistake))
	return cmd
}

func reasonFlag(cmd *cobra.Command, reason *string, usual string) {
	cmd.Flags().StringVar(reason, "reason", usual, "one of "+survey.List(survey.MergeReasons()))
}

func changeOrganisation(c *cli.Invocation, cmd *cobra.Command, out cli.Format, id survey.Identifier, verb string,
	body any, done string) error {
	r, err := c.Send(cmd.Context(), fmt.Sprintf("%s %s", verb, id), cli.OrganisationPath(id)+"/"+verb, body)
	if err != nil {
		return err
	}
	c.Say("%s", done)
	return printOrganisation(c, out, r)
}

func newOrgLift(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "lift ID",
		Short: "Allow surveys of a company again that had asked not to be surveyed",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, id, "lift", struct{}{}, fmt.Sprintf("%s may be surveyed again.", id))
		},
	}
	out.Flags(cmd, false)
	return cmd
}
