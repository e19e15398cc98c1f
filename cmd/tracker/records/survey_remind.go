package records

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/letters"
)

func newSurveyRemind(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle, base string
	var send bool
	cmd := &cobra.Command{
		Use:   "remind --cycle CYCLE",
		Short: "Make a letter for every company that should be asked again",
		Long: `Make a letter for every company that should be asked again, for a mail merge
(--csv). Companies that answered, declined or asked not to be written to are
left out. Each letter holds a new secret link; the earlier ones stay good.

With --send the node's mail server sends them, at most a hundred at a time and
one a day to each company. What did not leave is an exit code of 6.`,
		Example: "  tracker survey remind --cycle 2022-23 --csv > reminders.csv",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parsed, err := cli.ParseCycle(cmd, cycle)
			if err != nil {
				return err
			}
			r, err := c.Send(cmd.Context(), "remind", linksPath(string(parsed))+"/remind", map[string]any{"base": base, "send": send})
			if err != nil {
				return err
			}
			var page api.Page[api.IssuedSurveyLink]
			if err := r.Into(&page); err != nil {
				return err
			}
			if send {
				return printReminded(c, out, r.Body, page.Items)
			}
			t := cli.Table{Header: []string{"EMAIL", "CONTACT", "COMPANY", "LINK", "ENDS", "SUBJECT", "BODY"}}
			for _, l := range page.Items {
				text := l.Letter.Body
				if !out.CSV {
					text = "(with --csv)"
				}
				t.Add(l.Email, l.Contact, l.Company, l.Address, out.TimeFor(l.Expires), l.Letter.Subject, text)
			}
			return c.Print(out, r.Body, t, "There is nobody to remind.")
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().StringVar(&base, "base", "", "public address of the companies' form (default: the node's respond.url, else its address)")
	cmd.Flags().BoolVar(&send, "send", false, "let the node's mail server send them")
	return cmd
}

// printReminded prints what became of each reminder that the node was to send.
func printReminded(c *cli.Invocation, out cli.Format, raw any, items []api.IssuedSurveyLink) error {
	t := cli.Table{Header: []string{"EMAIL", "COMPANY", "STATE", "REASON"}}
	sent := 0
	for _, l := range items {
		if l.Delivery == nil {
			continue
		}
		if l.Delivery.State == letters.Sent {
			sent++
		}
		t.Add(l.Email, l.Company, string(l.Delivery.State), l.Delivery.Reason)
	}
	if err := c.Print(out, raw, t, "There is nobody to remind now: a company is reminded at most once a day."); err != nil {
		return err
	}
	if sent < len(items) {
		c.Say("%d of %d reminders were sent.", sent, len(items))
		return &cli.Silent{Code: cli.ExitFindings}
	}
	return nil
}
