package records

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewExportCommand writes lists to files.
func NewExportCommand(c *cli.Invocation) *cobra.Command {
	var cycle survey.Cycle
	var organisation survey.Identifier
	var csvFile, xlsxFile, contact, area string
	var bom bool
	cmd := &cobra.Command{
		Use:   "export LIST",
		Short: "Export a list as CSV or XLSX",
		Long: `Export a list as CSV (to standard output, unless --csv names a file) or as XLSX.

The lists: organisations, claims, responses, mailing, template, supported, ` + survey.List(survey.RecordKinds()) + `.
"mailing" has this region's companies to invite or remind, with contacts who have
not opted out. "template" is the sheet of questions to send out. "supported" has the
companies that this region supported, according to its records or to answers shared
with it; such lists overlap and do not add up to the nation. The lists claims,
responses, mailing, template and supported need --cycle.

Cells that a spreadsheet would take for a formula are escaped. You can edit an exported
list of records and import it again: it then changes those same records.

"tracker export subject --organisation ID" (or --contact ID) exports everything that
is kept about an organisation or a contact, with its history, as JSON.`,
		Example: "  tracker export contacts --xlsx contacts.xlsx\n" +
			"  tracker export responses --cycle 2022-23 --csv answers.csv --bom",
		Args: cli.Exactly("LIST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Not a list of the node's: it is about one subject and is JSON.
			if args[0] == "subject" {
				return exportSubject(c, cmd, organisation, contact, csvFile)
			}

			query := cli.Query("cycle", string(cycle), "area", area)
			extension, file := "csv", csvFile
			if xlsxFile != "" {
				extension, file = "xlsx", xlsxFile
			} else if bom {
				query.Set("bom", "true")
			}

			return exportList(cmd.Context(), c, strings.ToLower(args[0])+"."+extension, query, file)
		},
	}
	cli.ParsedFlag(cmd, &cycle, survey.ParseCycle, "cycle", "the cycle, for example 2022-23")
	cmd.Flags().StringVar(&csvFile, "csv", "", "write CSV to this file")
	cmd.Flags().StringVar(&xlsxFile, "xlsx", "", "write a workbook to this file")
	cmd.Flags().BoolVar(&bom, "bom", false, "begin the CSV with the mark that makes Excel read it as UTF-8")
	areaFlag(cmd, &area)
	cli.ParsedFlag(cmd, &organisation, cli.Identifier, "organisation", "identifier of the subject")
	cmd.Flags().StringVar(&contact, "contact", "", "id of the subject")
	cmd.MarkFlagsMutuallyExclusive("csv", "xlsx")
	cmd.MarkFlagsMutuallyExclusive("organisation", "contact")
	cmd.AddCommand(newExportHeld(c))
	return cmd
}

func exportList(ctx context.Context, c *cli.Invocation, name string, query url.Values, file string) error {
	r, err := c.Read(ctx, fmt.Sprintf("export %s", name), "/exports/"+url.PathEscape(name), query)
	if err != nil {
		return err
	}
	return c.Deliver(r.Body, file)
}

func exportSubject(c *cli.Invocation, cmd *cobra.Command, organisation survey.Identifier, contact, file string) error {
	if organisation == "" && contact == "" {
		return cli.Usage(cmd, "name the subject with --organisation or --contact")
	}

	query := cli.Query("organisation", string(organisation), "contact", contact)
	r, err := c.Read(cmd.Context(), fmt.Sprintf("everything about %s%s", organisation, contact), "/subject", query)
	if err != nil {
		return err
	}
	if file != "" {
		return c.Deliver(r.Body, file)
	}
	return c.PrintJSON(r.Body)
}
