// Package records has the verbs of what a region keeps itself: records, answers,
// links for companies, and exports.
package records

import (
	"context"
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
		newRecordAdd(c), newRecordChange(c), newRecordList(c), newRecordSearch(c), newRecordAreas(c), newRecordShow(c), newRecordHistory(c),
		newRecordDelete(c), newRecordRestore(c), newRecordErase(c), newRecordFields(c), newRecordReassign(c), newRecordRetention(c))
	cmd.Long = `Keep this region's own records. They stay at this region's node; what counts of
them enters its figures at once.

The kinds: ` + cli.Join(survey.RecordKinds()) + `.
"tracker record fields KIND" lists the fields of a kind. A field of the region's
own begins with its code, as in otv.lep=Oxfordshire.`
	return cmd
}

func parseKind(cmd *cobra.Command, text string) (survey.RecordType, error) {
	kind, err := survey.RecordTypeOf(survey.RecordKind(strings.ToLower(text)))
	if err != nil {
		return kind, cli.Usage(cmd, "%q is no kind of record: use one of %s", text, cli.Join(survey.RecordKinds()))
	}
	return kind, nil
}

func recordPath(kind survey.RecordType, id string) string {
	return "/" + string(kind.Kind) + "/" + url.PathEscape(id)
}

func newRecordShow(c *cli.Invocation) *cobra.Command {
	return newRecordStep(c, "show", "Show one record", func(ctx context.Context, cl *cli.Client, path string) (cli.Reply, error) {
		return cl.Get(ctx, path, nil)
	})
}

func newRecordDelete(c *cli.Invocation) *cobra.Command {
	return newRecordStep(c, "delete", "Mark a record as deleted: it counts no more, and can be restored", func(ctx context.Context, cl *cli.Client, path string) (cli.Reply, error) {
		return cl.Change(ctx, http.MethodDelete, path, nil, cl.NextKey())
	})
}

func newRecordRestore(c *cli.Invocation) *cobra.Command {
	return newRecordStep(c, "restore", "Take a deletion back", func(ctx context.Context, cl *cli.Client, path string) (cli.Reply, error) {
		return cl.Post(ctx, path+"/restore", struct{}{})
	})
}

// newRecordStep is a verb on one record.
func newRecordStep(c *cli.Invocation, name, short string, do func(context.Context, *cli.Client, string) (cli.Reply, error)) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: name + " KIND ID", Short: short, Args: cli.Exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := do(cmd.Context(), cl, recordPath(kind, args[1]))
			if err != nil {
				return fmt.Errorf("%s %s %s: %w", name, kind.Kind, args[1], err)
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
		Short: "Remove a record with its whole history, or all about an organisation, for good",
		Long: `Remove a record with its whole history, for good, and rewrite the node's file
without it. With the kind "organisation" and its identifier, everything that
this region keeps about it is removed: records, answers of all years, and copies
shared by others; copies given to others are taken back. The registry keeps it. The audit log keeps that it was erased, not what it said. Uploaded
lists that were not committed are removed too. Backups made before hold it until
they are rotated out.`,
		Args: cli.Exactly("KIND", "ID"),
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
				return cli.Usage(cmd, "this cannot be taken back: say --yes")
			}
			if _, err := c.Send(cmd.Context(), fmt.Sprintf("erase %s %s", args[0], args[1]), path+"/erase", struct{}{}); err != nil {
				return err
			}
			c.Say("Erased.")
			return nil
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "it cannot be taken back")
	return cmd
}

func newRecordReassign(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var from, to string
	cmd := &cobra.Command{
		Use:     "reassign --cycle CYCLE --from ADVISER --to ADVISER",
		Short:   "Hand all companies of an adviser to a colleague",
		Example: "  tracker record reassign --cycle 2022-23 --from jo --to sam",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" || to == "" {
				return cli.Usage(cmd, "name both advisers with --from and --to")
			}
			result, r, err := cli.Decoded[struct{ Moved int }](c.Send(cmd.Context(), "reassign", "/assignments:reassign", map[string]string{"cycle": string(cycle), "from": from, "to": to}))
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
	cmd.Flags().StringVar(&from, "from", "", "the adviser who hands over")
	cmd.Flags().StringVar(&to, "to", "", "the adviser who takes over")
	return cmd
}
