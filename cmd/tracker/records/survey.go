package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewSurveyCommand lets companies answer for themselves.
func NewSurveyCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("survey", "Let companies answer for themselves: links and reminders", newSurveyInvite(c), newSurveyRemind(c), newSurveyLinks(c))
}

// linksPath is where a cycle's links are.
func linksPath(cycle survey.Cycle) string { return cli.CampaignPath(cycle) + "/links" }

func newSurveyInvite(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	body := api.NewSurveyLink{}
	cmd := &cobra.Command{
		Use:   "invite ID --cycle CYCLE",
		Short: "Make a link by which a company that this region holds answers by itself",
		Long: `Make a link by which a company that this region holds answers by itself.

The link is shown this once, with a letter that is ready to be sent: only its
fingerprint is kept. It is good for one company and one survey. With --send the
node's mail server (smtp.address in its settings) sends the letter.`,
		Example: "  tracker survey invite GB-COH:07209813 --cycle 2022-23 --email pat@example.org",
		Args:    cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body.Organisation = args[0]
			link, r, err := cli.Decoded[api.IssuedSurveyLink](c.Send(cmd.Context(), fmt.Sprintf("invite %s", args[0]), linksPath(cycle), body))
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			c.Say("Link %s for %s, good until %s. It is shown this once:", link.ID, link.Company, out.TimeFor(link.Expires))
			fmt.Fprintln(c.Data, link.Address)
			return sayDelivered(c, link.Delivery)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	flags := cmd.Flags()
	flags.StringVar(&body.Email, "email", "", "address that the letter goes to; needed for reminders")
	flags.StringVar(&body.Contact, "contact", "", "name of the contact")
	flags.StringVar(&body.Base, "base", "", "public address of the companies' form (default: the node's respond.url, else its address)")
	flags.BoolVar(&body.Send, "send", false, "let the node's mail server send the letter")
	return cmd
}

// sayDelivered says what became of a letter that the node was to send.
func sayDelivered(c *cli.Invocation, d *letters.Delivery) error {
	switch {
	case d == nil:
		return nil
	case d.State == letters.Sent:
		c.Say("The letter has gone to %s.", d.To)
		return nil
	}
	c.Say("The letter to %s did not go (%s): %s. The link is good all the same: send the letter yourself.", d.To, d.State, d.Reason)
	return &cli.Silent{Code: cli.ExitFindings}
}

func newSurveyLinks(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "links --cycle CYCLE",
		Short: "List the links and how far each company has come",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[store.SurveyLink]{
				Path:   linksPath(cycle),
				Header: []string{"ID", "ORGANISATION", "STAGE", "MADE", "EXPIRES", "REMINDERS", "EMAIL"},
				Row: func(l store.SurveyLink) []string {
					return []string{l.ID, string(l.Organisation), string(l.Stage()), out.TimeFor(l.Created), out.TimeFor(l.Expires), fmt.Sprint(len(l.Reminders)), l.Email}
				},
				Empty: "No links have been made. Make one with \"tracker survey invite ID\".",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}

func newSurveyRemind(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var base string
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
			page, r, err := cli.Decoded[api.Page[api.IssuedSurveyLink]](c.Send(cmd.Context(), "remind", linksPath(cycle)+"/remind", map[string]any{"base": base, "send": send}))
			if err != nil {
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
