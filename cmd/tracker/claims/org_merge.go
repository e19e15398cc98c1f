package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

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
