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

func newOrgMerge(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var reason string
	cmd := &cobra.Command{
		Use:   "merge FROM INTO --reason REASON",
		Short: "Merge an organisation into another, for the nation",
		Long: `Merge an organisation that was entered twice into the one that remains, for the
nation. Both stay known by all their identifiers and names. Of two claims in an
open campaign one stays: the one with an answer, else the one that was granted
first; the other is released. "tracker org split FROM" undoes it.`,
		Example: "  tracker org merge AHSN:01J8Z GB-COH:07209813 --reason renumbered",
		Args:    cli.Exactly("FROM", "INTO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := cli.ParseIDs(cmd, args)
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, ids[0], "merge", map[string]string{"into": string(ids[1]), "reason": reason},
				fmt.Sprintf("Merged: %s is one with %s.", ids[0], ids[1]))
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
		Short: "Undo a merge: name the one that was merged away",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, id, "split", map[string]string{"reason": reason}, fmt.Sprintf("Split: %s is one of its own again.", id))
		},
	}
	out.Flags(cmd, false)
	reasonFlag(cmd, &reason, string(survey.MergeMistake))
	return cmd
}

func reasonFlag(cmd *cobra.Command, reason *string, usual string) {
	cmd.Flags().StringVar(reason, "reason", usual, "one of "+cli.Join(survey.MergeReasons()))
}

func changeOrganisation(c *cli.Invocation, cmd *cobra.Command, out cli.Format, id survey.Identifier, verb string, body any, done string) error {
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
		Short: "Let a company be surveyed again that had asked not to be",
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
