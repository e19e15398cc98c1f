package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newInnovationCommand(c *cli) *cobra.Command {
	return group("innovation", "Innovations as the nation counts them: whose, how far, adopted by whom",
		newInnovationAdd(c), newInnovationList(c), newInnovationStage(c),
		newInnovationStep(c, "adopt", "This region adopts the innovation", "This region adopts %s."),
		newInnovationStep(c, "withdraw", "This region does not adopt the innovation any more", "This region does not adopt %s any more."))
}

func innovationPath(id, rest string) string {
	return "/national-innovations/" + url.PathEscape(id) + rest
}

func newInnovationAdd(c *cli) *cobra.Command {
	var out format
	var stage string
	cmd := &cobra.Command{
		Use: "add ORGANISATION", Short: "Register an innovation of an organisation; prints its national id", Args: exactly("ORGANISATION"),
		Long: `Register an innovation of an organisation; prints its national id.

The registry keeps whose it is, its stage and the regions that adopted it, so that the
nation counts it once. What it is called and does stays in the regions' own records
("tracker record add innovations").`,
		Example: "  tracker innovation add GB-COH:07209813 --stage " + survey.InnovationStages()[0],
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			return changeInnovation(c, cmd, out, "/national-innovations", api.NewInnovation{Organisation: string(id), Stage: stage}, "Registered an innovation of "+string(id)+".")
		},
	}
	out.flags(cmd, false)
	cmd.Flags().StringVar(&stage, "stage", "", "how far it has come: "+joinIDs(survey.InnovationStages()))
	return cmd
}

func newInnovationStage(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "stage INNOVATION STAGE", Short: "Say how far an innovation has come", Args: exactly("INNOVATION", "STAGE"),
		Long: "Say how far an innovation has come: " + joinIDs(survey.InnovationStages()) + ".",
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeInnovation(c, cmd, out, innovationPath(args[0], "/stage"), api.InnovationStage{Stage: args[1]}, fmt.Sprintf("%s is at the stage %s.", args[0], args[1]))
		},
	}
	out.flags(cmd, false)
	return cmd
}

func newInnovationStep(c *cli, step, short, done string) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: step + " INNOVATION", Short: short, Args: exactly("INNOVATION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeInnovation(c, cmd, out, innovationPath(args[0], "/"+step), struct{}{}, fmt.Sprintf(done, args[0]))
		},
	}
	out.flags(cmd, false)
	return cmd
}

func changeInnovation(c *cli, cmd *cobra.Command, out format, path string, body any, done string) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.post(cmd.Context(), path, body)
	if err != nil {
		return fmt.Errorf("innovation: %w", err)
	}
	if out.json {
		return c.printJSON(r.body)
	}
	var innovation survey.Innovation
	if err := r.into(&innovation); err != nil {
		return err
	}
	c.say("%s", done)
	fmt.Fprintln(c.out, innovation.ID)
	return nil
}

func newInnovationList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "list [ORGANISATION]", Short: "The innovations of an organisation, or how many the nation has", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return countInnovations(c, cmd, cl, out)
			}
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/national-innovations", url.Values{"organisation": {string(id)}})
			if err != nil {
				return fmt.Errorf("innovations of %s: %w", id, err)
			}
			var page api.Page[survey.Innovation]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"INNOVATION", "STAGE", "ADOPTED BY", "REGISTERED BY", "REGISTERED"}}
			for _, i := range page.Items {
				t.add(string(i.ID), i.Stage, joinIDs(i.AdoptedBy), string(i.RegisteredBy), out.timeFor(i.RegisteredAt))
			}
			return c.print(out, r.body, t, fmt.Sprintf("%s has no innovation yet. Register one with \"tracker innovation add %s\".", id, id))
		},
	}
	out.flags(cmd, true)
	return cmd
}

func countInnovations(c *cli, cmd *cobra.Command, cl *client, out format) error {
	r, err := cl.get(cmd.Context(), "/national-innovations/counts", nil)
	if err != nil {
		return fmt.Errorf("count the innovations: %w", err)
	}
	var counts survey.InnovationCounts
	if err := r.into(&counts); err != nil {
		return err
	}
	t := table{header: []string{"WHAT", "NUMBER"}, right: []int{1}}
	t.add("innovations", groupDigits(int64(counts.Innovations)))
	t.add("adopted by a region", groupDigits(int64(counts.Adopted)))
	t.add("adoptions", groupDigits(int64(counts.Adoptions)))
	for _, stage := range append(survey.InnovationStages(), "") {
		if n := counts.ByStage[stage]; n > 0 {
			name := "at stage " + stage
			if stage == "" {
				name = "at no known stage"
			}
			t.add(name, groupDigits(int64(n)))
		}
	}
	return c.print(out, r.body, t, "")
}
