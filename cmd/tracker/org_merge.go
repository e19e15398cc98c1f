package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgMerge(c *cli) *cobra.Command {
	var out format
	var reason string
	cmd := &cobra.Command{
		Use:   "merge FROM INTO --reason REASON",
		Short: "Merge an organisation into another, for the nation",
		Long: `Merge an organisation that was entered twice into the one that remains, for the
nation. Both stay known by all their identifiers and names. Of two claims in an
open campaign one stays: the one with an answer, else the one that was granted
first; the other is released. "tracker org split FROM" undoes it.`,
		Example: "  tracker org merge AHSN:01J8Z GB-COH:07209813 --reason renumbered",
		Args:    exactly("FROM", "INTO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := parseIDs(cmd, args)
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, ids[0], "merge", map[string]string{"into": string(ids[1]), "reason": reason},
				fmt.Sprintf("Merged: %s is one with %s.", ids[0], ids[1]))
		},
	}
	out.flags(cmd, false)
	reasonFlag(cmd, &reason, string(survey.MergeSameCompany))
	return cmd
}

func newOrgSplit(c *cli) *cobra.Command {
	var out format
	var reason string
	cmd := &cobra.Command{
		Use:   "split ID",
		Short: "Undo a merge: name the one that was merged away",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, id, "split", map[string]string{"reason": reason}, fmt.Sprintf("Split: %s is one of its own again.", id))
		},
	}
	out.flags(cmd, false)
	reasonFlag(cmd, &reason, string(survey.MergeMistake))
	return cmd
}

func reasonFlag(cmd *cobra.Command, reason *string, usual string) {
	cmd.Flags().StringVar(reason, "reason", usual, "one of "+joinIDs(survey.MergeReasons()))
}

func changeOrganisation(c *cli, cmd *cobra.Command, out format, id survey.Identifier, verb string, body any, done string) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.post(cmd.Context(), organisationPath(id)+"/"+verb, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", verb, id, err)
	}
	c.say("%s", done)
	return printOrganisation(c, out, r)
}

func newOrgLift(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "lift ID",
		Short: "Let a company be surveyed again that had asked not to be",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			return changeOrganisation(c, cmd, out, id, "lift", struct{}{}, fmt.Sprintf("%s may be surveyed again.", id))
		},
	}
	out.flags(cmd, false)
	return cmd
}
