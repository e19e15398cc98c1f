package records

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseShare(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var revoke bool
	cmd := &cobra.Command{
		Use:   "share ID --cycle CYCLE [--revoke]",
		Short: "Let the regions that a company named see its answers, as the company allowed",
		Long: `Let the regions that a company named as having supported it see its answers,
because the company said so. Each of them gets one copy, sealed to its node. It
is shown there as shared, and counts nowhere again. With --revoke every copy is
taken back; a mark stays.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			said := api.SharingSaid{Sharing: string(survey.SharingAllowed)}
			if revoke {
				said.Sharing = string(survey.SharingRefused)
			}
			r, err := c.Replace(cmd.Context(), "share the answers of "+string(id), http.MethodPut, responsePath(cycle, id)+"/sharing", said)
			if err != nil {
				return err
			}
			return printResponse(cmd.Context(), c, out, r)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take every copy back")
	return cmd
}

func newResponseShared(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "shared --cycle CYCLE",
		Short: "List the answers that other regions shared with this one; they count nowhere",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.SharedResponse]{
				Doing:  fmt.Sprintf("answers shared for %s", cycle),
				Path:   cli.CampaignPath(cycle) + "/shared",
				Header: []string{"COMPANY", "SHARED BY", "VERSION", "RECEIVED", "TAKEN BACK"},
				Row: func(s survey.SharedResponse) []string {
					return []string{string(s.Organisation), string(s.From), fmt.Sprint(s.Version), out.TimeFor(s.ReceivedAt), out.TimeFor(s.RevokedAt)}
				},
				Empty: "No other region has shared answers of " + string(cycle) + " with this one.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}

func newResponseTakeOver(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "take-over ID --cycle CYCLE",
		Short: "Take over what the region that held a company before may give on",
		Long: `Take over what the region that held a company before may give on: the answers
given so far with what was typed since, and last year's, each only if the company
named this region in them and allowed it to see them. If it allowed nothing,
nothing is handed over (exit code 1). Contacts stay where they are. It comes
sealed from that region's node, once this region holds the company. Last year's answers count where they were given. Here they
are kept beside what is shared with this region, and at the close the company is
on the matched panel: its growth is counted, unless that gave somebody away.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			taken, r, err := cli.Decoded[survey.Takeover](c.Send(cmd.Context(), fmt.Sprintf("take %s over", id), responsePath(cycle, id)+"/take-over", struct{}{}))
			if err != nil {
				return err
			}
			t := cli.Table{}
			t.Add("from", taken.From.Name())
			t.Add("contacts", fmt.Sprint(taken.Contacts))
			t.Add("answers so far", cli.YesNo(taken.Answers))
			t.Add("typed and not sent", cli.YesNo(taken.Draft))
			t.Add("last year's answers", cli.YesNo(taken.Last))
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}

func newResponseTakeOvers(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "take-overs --cycle CYCLE",
		Short: "List the companies of which another region's knowledge can be taken over",
		Long: `List the companies that this region holds and another one held before. What
that region knows of them can be taken over with "tracker response take-over".
Where last year's answers are there and were not taken over by the close, the
matched panel counts the company as one that changed region. That other regions
may see a company's answers is no hand-over.`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.TakeoverOffer]{
				Doing:  fmt.Sprintf("what can be taken over for %s", cycle),
				Path:   cli.CampaignPath(cycle) + "/take-overs",
				Header: []string{"COMPANY", "FROM", "LAST YEAR'S ANSWERS", "TAKEN OVER"},
				Row: func(o survey.TakeoverOffer) []string {
					return []string{string(o.Organisation), string(o.From), cli.YesNo(o.LastYear), cli.YesNo(o.TakenOver)}
				},
				Empty: "No company that this region holds was another one's before.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}
