package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func newExportCommand(c *cli) *cobra.Command {
	var cycleText, csvFile, xlsxFile, organisation, contact, area string
	var bom bool
	cmd := &cobra.Command{
		Use:   "export LIST",
		Short: "Export a list as CSV or XLSX",
		Long: `Export a list as CSV (to standard output, unless --csv names a file) or XLSX.

The lists: organisations, claims, responses, mailing, template, supported, ` + joinIDs(survey.RecordKinds()) + `.
"mailing" has the companies of this region to invite or remind, with contacts
who have not opted out. "template" is the sheet of answers to send out. "supported" has
the companies that this region supported, by its records or by answers that were
shared with it: such lists overlap and do not add up to the nation. claims,
responses, mailing, template and supported need --cycle.

Cells that a spreadsheet would take for a formula are escaped. A list of records
can be changed and imported again: it changes those very records.

"tracker export subject --organisation ID" (or --contact ID) gives everything
that is kept about an organisation or a contact, with its history, as JSON.`,
		Example: "  tracker export contacts --xlsx contacts.xlsx\n  tracker export responses --cycle 2022-23 --csv answers.csv --bom",
		Args:    exactly("LIST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{}
			if cycleText != "" {
				cycle, err := parseCycle(cmd, cycleText)
				if err != nil {
					return err
				}
				query.Set("cycle", string(cycle))
			}
			if args[0] == "subject" {
				return exportSubject(c, cmd, organisation, contact, csvFile)
			}
			if area != "" {
				query.Set("area", area)
			}
			extension, file := "csv", csvFile
			if xlsxFile != "" {
				extension, file = "xlsx", xlsxFile
			} else if bom {
				query.Set("bom", "true")
			}
			return exportList(cmd.Context(), c, strings.ToLower(args[0])+"."+extension, query, file)
		},
	}
	cmd.Flags().StringVar(&cycleText, "cycle", "", "the cycle, for example 2022-23")
	cmd.Flags().StringVar(&csvFile, "csv", "", "write CSV to this file")
	cmd.Flags().StringVar(&xlsxFile, "xlsx", "", "write a workbook to this file")
	cmd.Flags().BoolVar(&bom, "bom", false, "begin the CSV with the mark that Excel needs to read it as UTF-8")
	areaFlag(cmd, &area)
	cmd.Flags().StringVar(&organisation, "organisation", "", "of the subject")
	cmd.Flags().StringVar(&contact, "contact", "", "of the subject, by its id")
	cmd.MarkFlagsMutuallyExclusive("csv", "xlsx")
	cmd.MarkFlagsMutuallyExclusive("organisation", "contact")
	cmd.AddCommand(newExportHeld(c))
	return cmd
}

func exportList(ctx context.Context, c *cli, name string, query url.Values, file string) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.get(ctx, "/exports/"+url.PathEscape(name), query)
	if err != nil {
		return fmt.Errorf("export %s: %w", name, err)
	}
	return deliver(c, r.body, file)
}

// deliver writes what was exported to a file of this person alone, or to
// standard output.
func deliver(c *cli, text []byte, file string) error {
	if file == "" {
		_, err := c.out.Write(text)
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	c.say("%s: %s bytes", file, groupDigits(int64(len(text))))
	return nil
}

func exportSubject(c *cli, cmd *cobra.Command, organisation, contact, file string) error {
	query := url.Values{}
	if organisation != "" {
		id, err := parseOneID(cmd, organisation)
		if err != nil {
			return err
		}
		query.Set("organisation", string(id))
	} else if contact != "" {
		query.Set("contact", contact)
	} else {
		return usage(cmd, "name whom it is about with --organisation or --contact")
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.get(cmd.Context(), "/subject", query)
	if err != nil {
		return fmt.Errorf("everything about %s%s: %w", organisation, contact, err)
	}
	if file != "" {
		return deliver(c, r.body, file)
	}
	return c.printJSON(r.body)
}

func newRecordErase(c *cli) *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use:   "erase KIND ID --yes",
		Short: "Remove a record with its whole history, or all about an organisation, for good",
		Long: `Remove a record with its whole history, for good, and rewrite the node's file
without it. With the kind "organisation" and its identifier, everything that
this region keeps about it is removed: records, answers of all years, and copies
shared by others; copies given to others are taken back. The registry keeps it. The audit log keeps that it was erased, not what it said. Uploaded
lists that were not committed are removed too. Backups made before hold it until
they are rotated out.`,
		Args: exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/organisations/" + url.PathEscape(args[1])
			if !strings.EqualFold(args[0], "organisation") {
				kind, err := parseKind(cmd, args[0])
				if err != nil {
					return err
				}
				path = recordPath(kind, args[1])
			}
			if !sure {
				return usage(cmd, "this cannot be taken back: say --yes")
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if _, err := cl.post(cmd.Context(), path+"/erase", struct{}{}); err != nil {
				return fmt.Errorf("erase %s %s: %w", args[0], args[1], err)
			}
			c.say("Erased.")
			return nil
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "it cannot be taken back")
	return cmd
}

func newCompactCommand(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Rewrite the node's records file without what is no longer used",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.change(cmd.Context(), http.MethodPost, "/compact", struct{}{}, cl.nextKey())
			if err != nil {
				return fmt.Errorf("compact: %w", err)
			}
			var sizes store.Compacted
			if err := r.into(&sizes); err != nil {
				return err
			}
			t := table{}
			t.add("before", groupDigits(sizes.Before)+" bytes")
			t.add("after", groupDigits(sizes.After)+" bytes")
			return c.print(out, r.body, t, "")
		},
	}
	out.flags(cmd, false)
	return cmd
}
