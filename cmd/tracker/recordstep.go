package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

func newRecordHistory(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "history KIND ID",
		Short: "Show every version of a record, oldest first",
		Args:  exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), recordPath(kind, args[1])+"/history", nil)
			if err != nil {
				return fmt.Errorf("history of %s %s: %w", kind.Kind, args[1], err)
			}
			var versions struct{ Items []map[string]json.RawMessage }
			if err := r.into(&versions); err != nil {
				return err
			}
			t := table{header: []string{"VERSION", "BY", "AT", "DELETED", "FIELDS"}}
			for _, record := range versions.Items {
				cell := recordCells(kind, record)
				var fields []string
				for _, f := range kind.Fields {
					if value := cell(f.Name); value != "" {
						fields = append(fields, f.Name+"="+value)
					}
				}
				t.add(cell("version"), cell("recorded_by"), cell("recorded_at"), cell("deleted"), strings.Join(fields, ", "))
			}
			return c.print(out, r.body, t, "")
		},
	}
	out.flags(cmd, true)
	return cmd
}

func newRecordShow(c *cli) *cobra.Command {
	return newRecordStep(c, "show", "Show one record", func(ctx context.Context, cl *client, path string) (reply, error) {
		return cl.get(ctx, path, nil)
	})
}

func newRecordDelete(c *cli) *cobra.Command {
	return newRecordStep(c, "delete", "Mark a record as deleted: it counts no more, and can be restored", func(ctx context.Context, cl *client, path string) (reply, error) {
		return cl.change(ctx, http.MethodDelete, path, nil, cl.nextKey())
	})
}

func newRecordRestore(c *cli) *cobra.Command {
	return newRecordStep(c, "restore", "Take a deletion back", func(ctx context.Context, cl *client, path string) (reply, error) {
		return cl.post(ctx, path+"/restore", struct{}{})
	})
}

// newRecordStep is a verb on one record.
func newRecordStep(c *cli, name, short string, do func(context.Context, *client, string) (reply, error)) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: name + " KIND ID", Short: short, Args: exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
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
	out.flags(cmd, false)
	return cmd
}

func newRecordFields(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "fields KIND",
		Short: "List the fields of a kind, without asking a node",
		Args:  exactly("KIND"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			type described struct {
				Name     string   `json:"name"`
				Label    string   `json:"label"`
				Kind     string   `json:"kind"`
				Required bool     `json:"required"`
				Options  []string `json:"options,omitempty"`
			}
			t, raw := table{header: []string{"FIELD", "MEANS", "KIND", "NEEDED", "OPTIONS"}}, []described{}
			for _, f := range kind.Fields {
				var options []string
				for _, o := range f.Options {
					options = append(options, o.Code)
				}
				t.add(f.Name, f.Label, string(f.Kind), yesNo(f.Required), strings.Join(options, ", "))
				raw = append(raw, described{f.Name, f.Label, string(f.Kind), f.Required, options})
			}
			return c.print(out, raw, t, "")
		},
	}
	out.flags(cmd, true)
	return cmd
}

func newRecordReassign(c *cli) *cobra.Command {
	var out format
	var cycleText, from, to string
	cmd := &cobra.Command{
		Use:     "reassign --cycle CYCLE --from ADVISER --to ADVISER",
		Short:   "Hand all companies of an adviser to a colleague",
		Example: "  tracker record reassign --cycle 2022-23 --from jo --to sam",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			if from == "" || to == "" {
				return usage(cmd, "name both advisers with --from and --to")
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/assignments:reassign", map[string]string{"cycle": string(cycle), "from": from, "to": to})
			if err != nil {
				return fmt.Errorf("reassign: %w", err)
			}
			var result struct {
				Moved int `json:"moved"`
			}
			if err := r.into(&result); err != nil {
				return err
			}
			t := table{}
			t.add("moved", fmt.Sprint(result.Moved))
			return c.print(out, r.body, t, "")
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycleText)
	cmd.Flags().StringVar(&from, "from", "", "the adviser who hands over")
	cmd.Flags().StringVar(&to, "to", "", "the adviser who takes over")
	return cmd
}
