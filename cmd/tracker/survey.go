package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/store"
)

func newSurveyCommand(c *cli) *cobra.Command {
	return group("survey", "Let companies answer for themselves: links and reminders", newSurveyInvite(c), newSurveyRemind(c), newSurveyLinks(c))
}

// linksPath is where a cycle's links are.
func linksPath(cycle string) string { return "/campaigns/" + url.PathEscape(cycle) + "/links" }

func newSurveyInvite(c *cli) *cobra.Command {
	var out format
	var cycle string
	body := api.NewSurveyLink{}
	cmd := &cobra.Command{
		Use:   "invite ID --cycle CYCLE",
		Short: "Make a link by which a company that this region holds answers by itself",
		Long: `Make a link by which a company that this region holds answers by itself.

The link is shown this once, with a letter that is ready to be sent: only its
fingerprint is kept. It is good for one company and one survey. With --send the
node's mail server (smtp.address in its settings) sends the letter.`,
		Example: "  tracker survey invite GB-COH:07209813 --cycle 2022-23 --email pat@example.org",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := parseCycle(cmd, cycle)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			body.Organisation = args[0]
			r, err := cl.post(cmd.Context(), linksPath(string(parsed)), body)
			if err != nil {
				return fmt.Errorf("invite %s: %w", args[0], err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var link api.IssuedSurveyLink
			if err := r.into(&link); err != nil {
				return err
			}
			c.say("Link %s for %s, good until %s. It is shown this once:", link.ID, link.Company, out.timeFor(link.Expires))
			fmt.Fprintln(c.out, link.Address)
			return sayDelivered(c, link.Delivery)
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycle)
	flags := cmd.Flags()
	flags.StringVar(&body.Email, "email", "", "address that the letter goes to; needed for reminders")
	flags.StringVar(&body.Contact, "contact", "", "name of the contact")
	flags.StringVar(&body.Base, "base", "", "public address of the companies' form (default: the node's respond.url, else its address)")
	flags.BoolVar(&body.Send, "send", false, "let the node's mail server send the letter")
	return cmd
}

func newSurveyRemind(c *cli) *cobra.Command {
	var out format
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
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parsed, err := parseCycle(cmd, cycle)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), linksPath(string(parsed))+"/remind", map[string]any{"base": base, "send": send})
			if err != nil {
				return fmt.Errorf("remind: %w", err)
			}
			var page api.Page[api.IssuedSurveyLink]
			if err := r.into(&page); err != nil {
				return err
			}
			if send {
				return printReminded(c, out, r.body, page.Items)
			}
			t := table{header: []string{"EMAIL", "CONTACT", "COMPANY", "LINK", "ENDS", "SUBJECT", "BODY"}}
			for _, l := range page.Items {
				text := l.Letter.Body
				if !out.csv {
					text = "(with --csv)"
				}
				t.add(l.Email, l.Contact, l.Company, l.Address, out.timeFor(l.Expires), l.Letter.Subject, text)
			}
			return c.print(out, r.body, t, "There is nobody to remind.")
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycle)
	cmd.Flags().StringVar(&base, "base", "", "public address of the companies' form (default: the node's respond.url, else its address)")
	cmd.Flags().BoolVar(&send, "send", false, "let the node's mail server send them")
	return cmd
}

func newSurveyLinks(c *cli) *cobra.Command {
	var out format
	var cycle string
	cmd := &cobra.Command{
		Use:   "links --cycle CYCLE",
		Short: "List the links and how far each company has come",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parsed, err := parseCycle(cmd, cycle)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), linksPath(string(parsed)), nil)
			if err != nil {
				return err
			}
			var page api.Page[store.SurveyLink]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"ID", "ORGANISATION", "STAGE", "MADE", "EXPIRES", "REMINDERS", "EMAIL"}}
			for _, l := range page.Items {
				t.add(l.ID, string(l.Organisation), string(l.Stage()), out.timeFor(l.Created), out.timeFor(l.Expires), fmt.Sprint(len(l.Reminders)), l.Email)
			}
			return c.print(out, r.body, t, "No links have been made. Make one with \"tracker survey invite ID\".")
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycle)
	return cmd
}

// sayDelivered says what became of a letter that the node was to send.
func sayDelivered(c *cli, d *letters.Delivery) error {
	switch {
	case d == nil:
		return nil
	case d.State == letters.Sent:
		c.say("The letter has gone to %s.", d.To)
		return nil
	}
	c.say("The letter to %s did not go (%s): %s. The link is good all the same: send the letter yourself.", d.To, d.State, d.Reason)
	return &silent{code: exitFindings}
}

// printReminded prints what became of each reminder that the node was to send.
func printReminded(c *cli, out format, raw any, items []api.IssuedSurveyLink) error {
	t := table{header: []string{"EMAIL", "COMPANY", "STATE", "REASON"}}
	sent := 0
	for _, l := range items {
		if l.Delivery == nil {
			continue
		}
		if l.Delivery.State == letters.Sent {
			sent++
		}
		t.add(l.Email, l.Company, string(l.Delivery.State), l.Delivery.Reason)
	}
	if err := c.print(out, raw, t, "There is nobody to remind now: a company is reminded at most once a day."); err != nil {
		return err
	}
	if sent < len(items) {
		c.say("%d of %d reminders were sent.", sent, len(items))
		return &silent{code: exitFindings}
	}
	return nil
}
