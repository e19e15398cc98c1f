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
	return cli.Group("survey", "Let companies answer for themselves: links and reminders",
		newSurveyInvite(c), newSurveyRemind(c), newSurveyLinks(c))
}

// linksPath returns the API's path of a cycle's links.
func linksPath(cycle survey.Cycle) string { return cli.CampaignPath(cycle) + "/links" }

func newSurveyInvite(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	body := api.NewSurveyLink{}
	cmd := &cobra.Command{
		Use:   "invite ID --cycle CYCLE",
		Short: "Make a link with which a company of this region answers for itself",
		Long: `Make a link with which a company that this region holds answers for itself.

The link is shown once only, with a letter ready to be sent: the node keeps only its
fingerprint. It is valid for one company and one survey. With --send the node's mail
server (smtp.address in its settings) sends the letter.`,
		Example: "  tracker survey invite GB-COH:07209813 --cycle 2022-23 --email pat@example.org",
		Args:    cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body.Organisation = args[0]
			answer, err := c.Send(cmd.Context(), fmt.Sprintf("invite %s", args[0]), linksPath(cycle), body)
			link, r, err := cli.Decoded[api.IssuedSurveyLink](answer, err)
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}

			c.Say("Link %s for %s, valid until %s. It is not shown again:", link.ID, link.Company,
				out.TimeFor(link.Expires))
			fmt.Fprintln(c.Data, link.Address)
			return sayDelivered(c, link.Delivery)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	flags := cmd.Flags()
	flags.StringVar(&body.Email, "email", "", "address to send the letter to; needed for reminders")
	flags.StringVar(&body.Contact, "contact", "", "name of the contact")
	flags.StringVar(&body.Base, "base", "", baseUsage)
	flags.BoolVar(&body.Send, "send", false, "have the node's mail server send the letter")
	return cmd
}

const baseUsage = "public address of the companies' form (default: the node's respond.url, or else its own address)"

// sayDelivered says what became of a letter that the node was asked to send. d is nil if it was not
// asked.
func sayDelivered(c *cli.Invocation, d *letters.Delivery) error {
	switch {
	case d == nil:
		return nil
	case d.State == letters.Sent:
		c.Say("The letter was sent to %s.", d.To)
		return nil
	}
	c.Say("The letter to %s was not sent (%s): %s. The link is valid all the same: send the letter yourself.",
		d.To, d.State, d.Reason)
	return &cli.Silent{Code: cli.ExitFindings}
}

func newSurveyLinks(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "links --cycle CYCLE",
		Short: "List the links, and how far each company has got",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[store.SurveyLink]{
				Path:   linksPath(cycle),
				Header: []string{"ID", "ORGANISATION", "STAGE", "MADE", "EXPIRES", "REMINDERS", "EMAIL"},
				Row: func(l store.SurveyLink) []string {
					return []string{l.ID, string(l.Organisation), string(l.Stage()), out.TimeFor(l.Created),
						out.TimeFor(l.Expires), fmt.Sprint(len(l.Reminders)), l.Email}
				},
				Empty: "There are no links yet. Make one with \"tracker survey invite ID\".",
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
		Short: "Write a letter to every company that should be reminded",
		Long: `Write a letter to every company that should be reminded, for a mail merge (--csv).
Companies that have answered, declined or asked not to be written to are left out. Each
letter contains a new secret link; earlier links stay valid.

With --send the node's mail server sends the letters, at most a hundred at a time and one
a day to each company. Exit code 6: some letters were not sent.`,
		Example: "  tracker survey remind --cycle 2022-23 --csv > reminders.csv",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body := map[string]any{"base": base, "send": send}
			answer, err := c.Send(cmd.Context(), "remind", linksPath(cycle)+"/remind", body)
			page, r, err := cli.Decoded[api.Page[api.IssuedSurveyLink]](answer, err)
			if err != nil {
				return err
			}

			if send {
				return printReminded(c, out, r.Body, page.Items)
			}

			t := cli.Table{Header: []string{"EMAIL", "CONTACT", "COMPANY", "LINK", "ENDS", "SUBJECT", "BODY"}}
			for _, l := range page.Items {
				// A letter fills the screen, and only a mail merge needs it.
				text := l.Letter.Body
				if !out.CSV {
					text = "(with --csv)"
				}
				t.Add(l.Email, l.Contact, l.Company, l.Address, out.TimeFor(l.Expires), l.Letter.Subject, text)
			}
			return c.Print(out, r.Body, t, "Nobody needs a reminder.")
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().StringVar(&base, "base", "", baseUsage)
	cmd.Flags().BoolVar(&send, "send", false, "have the node's mail server send the letters")
	return cmd
}

// printReminded says what became of each reminder that the node was asked to send.
func printReminded(c *cli.Invocation, out cli.Format, raw any, items []api.IssuedSurveyLink) error {
	t := cli.Table{Header: []string{"EMAIL", "COMPANY", "STATE", "REASON"}}
	sent := 0
	for _, l := range items {
		// The node sends a hundred at a time; the others wait for the next run.
		if l.Delivery == nil {
			continue
		}

		if l.Delivery.State == letters.Sent {
			sent++
		}
		t.Add(l.Email, l.Company, string(l.Delivery.State), l.Delivery.Reason)
	}

	if err := c.Print(out, raw, t, "Nobody can be reminded now: a company gets at most one reminder a day."); err != nil {
		return err
	}

	if sent < len(items) {
		c.Say("%d of %d reminders were sent.", sent, len(items))
		return &cli.Silent{Code: cli.ExitFindings}
	}
	return nil
}
