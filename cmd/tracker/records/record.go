// Package records has the verbs of what a region keeps itself: records, answers, links for
// companies, and exports.
//
// Imports cmd/tracker/cli, node/api, node/letters, store, store/survey.
package records

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewRecordCommand keeps the region's own records.
func NewRecordCommand(c *cli.Invocation) *cobra.Command {
	cmd := cli.Group("record", "Keep this region's own records: contacts, engagements, interactions and more",
		newRecordAdd(c), newRecordChange(c), newRecordList(c), newRecordSearch(c), newRecordAreas(c),
		newRecordStep(c, "show", "Show a record", http.MethodGet, "", nil), newRecordHistory(c),
		newRecordStep(c, "delete", "Mark a record as deleted; it no longer counts", http.MethodDelete, "", nil),
		newRecordStep(c, "restore", "Restore a deleted record", http.MethodPost, "/restore", struct{}{}),
		newRecordErase(c), newRecordFields(c), newRecordReassign(c), newRecordRetention(c))
	cmd.Long = `Keep this region's own records. They stay at this region's node, and those that count
are in its figures at once.

The kinds: ` + survey.List(survey.RecordKinds()) + `.
"tracker record fields KIND" lists the fields of a kind. The region's own fields begin
with its code, as in otv.lep=Oxfordshire.`
	return cmd
}

func parseKind(cmd *cobra.Command, text string) (survey.RecordType, error) {
	kind, err := survey.RecordTypeOf(survey.RecordKind(strings.ToLower(text)))
	if err != nil {
		return kind, cli.Usage(cmd, "%q is not a kind of record: use one of %s", text, survey.List(survey.RecordKinds()))
	}
	return kind, nil
}

func recordPath(kind survey.RecordType, id string) string {
	return "/" + string(kind.Kind) + "/" + url.PathEscape(id)
}

// newRecordStep returns a verb that makes one request about one record.
func newRecordStep(c *cli.Invocation, name, short, method, rest string, body any) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: name + " KIND ID", Short: short, Args: cli.Exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}

			path, doing := recordPath(kind, args[1])+rest, fmt.Sprintf("%s %s %s", name, kind.Kind, args[1])
			var r cli.Reply

			// Reading needs no key: repeating it changes nothing.
			if method == http.MethodGet {
				r, err = c.Read(cmd.Context(), doing, path, nil)
			} else {
				r, err = c.Replace(cmd.Context(), doing, method, path, body)
			}
			if err != nil {
				return err
			}
			return printRecord(c, out, kind, r)
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func newRecordErase(c *cli.Invocation) *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use:   "erase KIND ID --yes",
		Short: "Erase a record with its whole history, or all about an organisation, for good",
		Long: `Erase a record with its whole history, for good, and rewrite the node's file without
it. With the kind "organisation" and an identifier, erase everything that this region
keeps about that organisation: records, answers of all years, and copies shared by other
regions. Copies given to other regions are taken back. The registry keeps the
organisation. The audit log notes that something was erased, not what it said. Uploaded
lists that were not committed are removed too. Older backups still contain the data until
they are rotated out.`,
		Args: cli.Exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			// The registry's organisations are no kind of record, so this one word is special.
			path := "/organisations/" + url.PathEscape(args[1])
			if !strings.EqualFold(args[0], "organisation") {
				kind, err := parseKind(cmd, args[0])
				if err != nil {
					return err
				}
				path = recordPath(kind, args[1])
			}

			if !sure {
				return cli.Usage(cmd, "this cannot be undone: confirm with --yes")
			}

			doing := fmt.Sprintf("erase %s %s", args[0], args[1])
			if _, err := c.Send(cmd.Context(), doing, path+"/erase", struct{}{}); err != nil {
				return err
			}
			c.Say("Erased.")
			return nil
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "confirm: this cannot be undone")
	return cmd
}

func newRecordReassign(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var from, to string
	cmd := &cobra.Command{
		Use:     "reassign --cycle CYCLE --from ADVISER --to ADVISER",
		Short:   "Hand over all of an adviser's companies to a colleague",
		Example: "  tracker record reassign --cycle 2022-23 --from jo --to sam",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" || to == "" {
				return cli.Usage(cmd, "name both advisers with --from and --to")
			}

			body := map[string]string{"cycle": string(cycle), "from": from, "to": to}
			answer, err := c.Send(cmd.Context(), "reassign", "/assignments:reassign", body)
			result, r, err := cli.Decoded[struct{ Moved int }](answer, err)
			if err != nil {
				return err
			}
			t := cli.Table{}
			t.Add("moved", fmt.Sprint(result.Moved))
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().StringVar(&from, "from", "", "adviser who hands over")
	cmd.Flags().StringVar(&to, "to", "", "adviser who takes over")
	return cmd
}
