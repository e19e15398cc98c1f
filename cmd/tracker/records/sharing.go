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
		Short: "Share a company's answers with the regions it named, if it has agreed",
		Long: `Share a company's answers with the regions that it named as its supporters, because the
company agreed. Each of them gets one copy, sealed to its node. The copy is shown there
as shared and is not counted again. With --revoke every copy is taken back; a mark
remains.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}

			// Recorded as the company's decision. The region only passes it on.
			said := api.SharingSaid{Sharing: string(survey.SharingAllowed)}
			if revoke {
				said.Sharing = string(survey.SharingRefused)
			}

			doing, path := "share the answers of "+string(id), responsePath(cycle, id)+"/sharing"
			r, err := c.Replace(cmd.Context(), doing, http.MethodPut, path, said)
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
		Short: "List the answers that other regions have shared with this one; they are not counted here",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.SharedResponse]{
				Doing:  fmt.Sprintf("answers shared for %s", cycle),
				Path:   cli.CampaignPath(cycle) + "/shared",
				Header: []string{"COMPANY", "SHARED BY", "VERSION", "RECEIVED", "TAKEN BACK"},
				Row: func(s survey.SharedResponse) []string {
					return []string{string(s.Organisation), string(s.From), fmt.Sprint(s.Version),
						out.TimeFor(s.ReceivedAt), out.TimeFor(s.RevokedAt)}
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
		Short: "Take over what a company's former region may hand over",
		Long: `Take over what a company's former region may hand over: the answers given so far with
anything typed since, and last year's answers. Each is handed over only if the company
named this region in it and allowed this region to see it. If it allowed nothing, nothing
is handed over (exit code 1). Contacts stay where they are. The data comes sealed from
the former region's node, once this region holds the company.

Last year's answers count where they were given. Here they are kept next to the answers
shared with this region. At the close the company is part of the matched panel and its
growth is counted, unless that would reveal somebody's answer.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}

			doing, path := fmt.Sprintf("take %s over", id), responsePath(cycle, id)+"/take-over"
			taken, r, err := cli.Decoded[survey.Takeover](c.Send(cmd.Context(), doing, path, struct{}{}))
			if err != nil {
				return err
			}

			t := cli.Table{}

			// Each part has a permission of its own, so each is listed.
			t.Add("from", taken.From.Name())
			t.Add("contacts", fmt.Sprint(taken.Contacts))
			t.Add("answers so far", survey.YesNo(taken.Answers))
			t.Add("typed and not sent", survey.YesNo(taken.Draft))
			t.Add("last year's answers", survey.YesNo(taken.Last))
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
		Short: "List the companies whose former region has something to hand over",
		Long: `List the companies that this region holds and another region held before. What that
region knows about them can be taken over with "tracker response take-over". If last
year's answers exist and are not taken over by the close, the matched panel counts the
company as one that changed region. Permission to see a company's answers is not a
hand-over.`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.TakeoverOffer]{
				Doing:  fmt.Sprintf("what can be taken over for %s", cycle),
				Path:   cli.CampaignPath(cycle) + "/take-overs",
				Header: []string{"COMPANY", "FROM", "LAST YEAR'S ANSWERS", "TAKEN OVER"},
				Row: func(o survey.TakeoverOffer) []string {
					return []string{string(o.Organisation), string(o.From), survey.YesNo(o.LastYear),
						survey.YesNo(o.TakenOver)}
				},
				Empty: "This region holds no company that another region held before.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}
