package figures

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewCertifyCommand takes a closed campaign's figures to a certified year.
func NewCertifyCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("certify", "Take a closed campaign's figures to a certified year",
		newCertifyStatus(c),
		newCertifyStep(c, "sign-off", "Sign this region's final figures off",
			"This region's final figures are signed off for revision %d of %s.", nil),
		newCoSign(c),
		newRegionSettlement(c, "stand", "Let a region's last signed figures stand, if two other regions want it so"),
		newRegionSettlement(c, "absent", "Go on without a region's figures, if two other regions want it so"),
		newRevision(c), newPublish(c))
}

// certifying are the flags that every step has.
type certifying struct {
	out      cli.Format
	cycle    string
	revision int
}

func (f *certifying) flags(cmd *cobra.Command) {
	f.out.Flags(cmd, false)
	cli.CycleFlag(cmd, &f.cycle)
	cmd.Flags().IntVar(&f.revision, "revision", -1, "number of the revision (default: the newest)")
}

// body starts a request with the revision, if one was named.
func (f *certifying) body() map[string]any {
	if f.revision < 0 {
		return map[string]any{}
	}
	return map[string]any{"revision": f.revision}
}

// newCertifyStep is a verb that takes the revision one step; more adds to the
// request.
func newCertifyStep(c *cli.Invocation, name, short, done string, more func(cmd *cobra.Command, body map[string]any) error) *cobra.Command {
	var f certifying
	cmd := &cobra.Command{
		Use: name + " --cycle CYCLE", Short: short, Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body := f.body()
			if more != nil {
				if err := more(cmd, body); err != nil {
					return err
				}
			}
			return certify(c, cmd, f, name, body, done)
		},
	}
	f.flags(cmd)
	return cmd
}

// certify takes a step and says what became of it, and of the revision.
func certify(c *cli.Invocation, cmd *cobra.Command, f certifying, step string, body map[string]any, done string) error {
	cycle, err := cli.ParseCycle(cmd, f.cycle)
	if err != nil {
		return err
	}
	cl, err := c.Connect()
	if err != nil {
		return err
	}
	r, err := cl.Post(cmd.Context(), cli.CertificationPath(cycle, "/"+step), body)
	if err != nil {
		return failure(step+" of", string(cycle), err)
	}
	if f.out.JSON {
		return c.PrintJSON(r.Body)
	}
	var result api.CertificationStep
	if err := r.Into(&result); err != nil {
		return err
	}
	switch {
	case result.Proposal != 0:
		cli.SayWaiting(c, result.Waiting)
		return nil
	case result.Outcome == survey.OutcomeExists:
		c.Say("It was so already: nothing changed.")
	default:
		c.Say(done, result.Revision, cycle)
	}
	if result.Hash != "" {
		c.Say("Its SHA-256 is %s.", result.Hash)
	}
	c.Say("%s", revisionWords(result.State, cycle))
	return nil
}

// revisionWords says what a revision's state means and what comes next.
func revisionWords(state survey.RevisionState, cycle survey.Cycle) string {
	switch state {
	case survey.RevisionCollecting:
		return "Other regions have to sign off still: see tracker certify status --cycle " + string(cycle)
	case survey.RevisionSigned:
		return "Every region is settled; co-signatures are missing still: tracker certify cosign --cycle " + string(cycle)
	case survey.RevisionDisputed:
		return "Regions derived different tables: it cannot be certified so. See tracker certify status --cycle " + string(cycle)
	case survey.RevisionCertified:
		return "It is certified: these figures are final."
	}
	return "See tracker certify status --cycle " + string(cycle)
}
