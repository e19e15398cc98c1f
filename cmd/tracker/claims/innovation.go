package claims

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewInnovationCommand registers and shows innovations as the nation counts them.
func NewInnovationCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("innovation", "Register innovations for the nation: whose they are, their stage, who adopted them",
		newInnovationAdd(c), newInnovationList(c), newInnovationStage(c),
		newInnovationStep(c, "adopt", "Note that this region adopts an innovation", "This region adopts %s."),
		newInnovationStep(c, "withdraw", "Note that this region no longer adopts an innovation",
			"This region no longer adopts %s."))
}

func innovationPath(id, rest string) string {
	return "/national-innovations/" + url.PathEscape(id) + rest
}

func newInnovationAdd(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var stage string
	cmd := &cobra.Command{
		Use: "add ORGANISATION", Args: cli.Exactly("ORGANISATION"),
		Short: "Register an organisation's innovation and print its national id",
		Long: `Register an organisation's innovation and print its national id.

The registry keeps the owner, the stage and the regions that adopted it, so that the
nation counts it once. Its name and description stay in the regions' own records
("tracker record add innovations").`,
		Example: "  tracker innovation add GB-COH:07209813 --stage " + survey.InnovationStages()[0],
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			body := api.NewInnovation{Organisation: string(id), Stage: stage}
			return changeInnovation(c, cmd, out, "/national-innovations", body,
				"Registered an innovation of "+string(id)+".")
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&stage, "stage", "", "its stage: "+survey.List(survey.InnovationStages()))
	return cmd
}

func newInnovationStage(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "stage INNOVATION STAGE", Short: "Set the stage of an innovation",
		Args: cli.Exactly("INNOVATION", "STAGE"),
		Long: "Set the stage of an innovation: " + survey.List(survey.InnovationStages()) + ".",
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeInnovation(c, cmd, out, innovationPath(args[0], "/stage"), api.InnovationStage{Stage: args[1]},
				fmt.Sprintf("%s is now at the stage %s.", args[0], args[1]))
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func newInnovationStep(c *cli.Invocation, step, short, done string) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: step + " INNOVATION", Short: short, Args: cli.Exactly("INNOVATION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeInnovation(c, cmd, out, innovationPath(args[0], "/"+step), struct{}{},
				fmt.Sprintf(done, args[0]))
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func changeInnovation(c *cli.Invocation, cmd *cobra.Command, out cli.Format, path string, body any, done string) error {
	innovation, r, err := cli.Decoded[survey.Innovation](c.Send(cmd.Context(), "innovation", path, body))
	if err != nil {
		return err
	}
	if out.JSON {
		return c.PrintJSON(r.Body)
	}
	c.Say("%s", done)
	fmt.Fprintln(c.Data, innovation.ID)
	return nil
}

func newInnovationList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "list [ORGANISATION]", Short: "List an organisation's innovations, or count all",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Without an organisation only the counts are shown: the list would be the whole
			// nation's.
			if len(args) == 0 {
				return countInnovations(c, cmd, out)
			}
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			return cli.List[survey.Innovation]{
				Doing:  fmt.Sprintf("innovations of %s", id),
				Path:   "/national-innovations",
				Query:  cli.Query("organisation", string(id)),
				Header: []string{"INNOVATION", "STAGE", "ADOPTED BY", "REGISTERED BY", "REGISTERED"},
				Row: func(i survey.Innovation) []string {
					return []string{string(i.ID), i.Stage, survey.List(i.AdoptedBy), string(i.RegisteredBy),
						out.TimeFor(i.RegisteredAt)}
				},
				Empty: fmt.Sprintf("%s has no innovations yet. Register one with \"tracker innovation add %s\".", id,
					id),
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func countInnovations(c *cli.Invocation, cmd *cobra.Command, out cli.Format) error {
	answer, err := c.Read(cmd.Context(), "count the innovations", "/national-innovations/counts", nil)
	counts, r, err := cli.Decoded[survey.InnovationCounts](answer, err)
	if err != nil {
		return err
	}

	t := cli.Table{Header: []string{"WHAT", "NUMBER"}, Right: []int{1}}
	t.Add("innovations", cli.Digits(counts.Innovations))
	t.Add("adopted by a region", cli.Digits(counts.Adopted))
	t.Add("adoptions", cli.Digits(counts.Adoptions))

	// Innovations without a stage come last.
	for _, stage := range append(survey.InnovationStages(), "") {
		if n := counts.ByStage[stage]; n > 0 {
			name := "at stage " + stage
			if stage == "" {
				name = "at no known stage"
			}
			t.Add(name, cli.Digits(n))
		}
	}
	return c.Print(out, r.Body, t, "")
}
