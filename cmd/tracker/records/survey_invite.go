package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/letters"
)

func newSurveyInvite(c *cli.Invocation) *cobra.Command {
	var out cli.Format
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
		Args:    cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := cli.ParseCycle(cmd, cycle)
			if err != nil {
				return err
			}
			body.Organisation = args[0]
			r, err := c.Send(cmd.Context(), fmt.Sprintf("invite %s", args[0]), linksPath(string(parsed)), body)
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			var link api.IssuedSurveyLink
			if err := r.Into(&link); err != nil {
				return err
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
