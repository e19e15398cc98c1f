package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func organisationPath(id survey.Identifier) string {
	return "/organisations/" + url.PathEscape(string(id))
}

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

func newOrgHistory(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "history ID",
		Short: "Every change of an organisation: when, which region, why",
		Long: `Every change of an organisation: when, which region, which of its people (a
number that only that region can read), and the coded reason. The wording is in
that region's own audit log.`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), organisationPath(id)+"/history", nil)
			if err != nil {
				return fmt.Errorf("history of %s: %w", id, err)
			}
			var history api.Page[survey.OrganisationEvent]
			if err := r.into(&history); err != nil {
				return err
			}
			t := table{header: []string{"NUMBER", "WHEN", "COMPANY", "WHAT", "REGION", "ACTOR", "REASON", "OTHER"}}
			for _, e := range history.Items {
				t.add(fmt.Sprint(e.Number), out.timeFor(e.At), string(e.Organisation), string(e.Action), string(e.Region), fmt.Sprint(e.Actor), string(e.Reason), string(e.Other))
			}
			return c.print(out, r.body, t, "Nothing is known of its history.")
		},
	}
	out.flags(cmd, true)
	return cmd
}

func newOrgDuplicates(c *cli) *cobra.Command {
	var out format
	var limit int
	cmd := &cobra.Command{
		Use:   "duplicates",
		Short: "Pairs of organisations that may be one, with the reason",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > pageSize {
				return usage(cmd, "--limit %d: use 1 to %d", limit, pageSize)
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/organisations/duplicates", url.Values{"limit": {fmt.Sprint(limit)}})
			if err != nil {
				return fmt.Errorf("possible duplicates: %w", err)
			}
			var pairs api.Page[survey.DuplicatePair]
			if err := r.into(&pairs); err != nil {
				return err
			}
			t := table{header: []string{"REASON", "ID", "NAME", "ID", "NAME"}}
			for _, p := range pairs.Items {
				t.add(strings.ReplaceAll(string(p.Reason), "-", " "), string(p.First.ID), p.First.Name, string(p.Second.ID), p.Second.Name)
			}
			return c.print(out, r.body, t, "No pair looks like one company.")
		},
	}
	out.flags(cmd, true)
	cmd.Flags().IntVar(&limit, "limit", 100, "most pairs to show")
	return cmd
}
