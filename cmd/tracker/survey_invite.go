package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/letters"
)

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
