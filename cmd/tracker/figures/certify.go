package figures

import (
	"maps"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewCertifyCommand takes a closed campaign's figures to a certified year.
func NewCertifyCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("certify", "Take a closed campaign's figures to a certified year",
		newCertifyStatus(c),
		newCertifyStep(c, "sign-off", "Sign off this region's final figures",
			"This region's final figures are signed off for revision %d of %s.", nil),
		newCoSign(c),
		newRegionSettlement(c, "stand", "Let a region's last signed figures stand, if two other regions agree"),
		newRegionSettlement(c, "absent", "Continue without a region's figures, if two other regions agree"),
		newRevision(c), newPublish(c))
}

// certifying holds the flags that every step has.
type certifying struct {
	out      cli.Format
	cycle    survey.Cycle
	revision int
}

func (f *certifying) flags(cmd *cobra.Command) {
	f.out.Flags(cmd, false)
	cli.CycleFlag(cmd, &f.cycle)
	cmd.Flags().IntVar(&f.revision, "revision", -1, "number of the revision (default: the newest)")
}

// body starts a request. It names the revision if there is one to name.
func (f *certifying) body() map[string]any {
	if f.revision < 0 {
		return map[string]any{}
	}
	return map[string]any{"revision": f.revision}
}

// newCertifyStep returns a verb that takes the revision one step. more, if not nil, adds to the
// request.
func newCertifyStep(c *cli.Invocation, name, short, done string,
	more func(cmd *cobra.Command, body map[string]any) error) *cobra.Command {
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

// certify takes a step and reports the outcome, and the state of the revision.
func certify(c *cli.Invocation, cmd *cobra.Command, f certifying, step string, body map[string]any, done string) error {
	cl, err := c.Connect()
	if err != nil {
		return err
	}
	path := cli.CertificationPath(f.cycle, "/"+step)
	result, r, err := cli.Decoded[api.CertificationStep](cl.Post(cmd.Context(), path, body))
	if err != nil {
		return failure(step+" of", string(f.cycle), err)
	}
	if f.out.JSON {
		return c.PrintJSON(r.Body)
	}

	// A proposal changes nothing yet, so there is no revision to speak of.
	switch {
	case result.Proposal != 0:
		c.SayWaiting(result.Waiting)
		return nil
	case result.Outcome == survey.OutcomeExists:
		c.Say("That was done already: nothing was changed.")
	default:
		c.Say(done, result.Revision, f.cycle)
	}

	if result.Hash != "" {
		c.Say("Its SHA-256 is %s.", result.Hash)
	}
	c.Say("%s", revisionWords(result.State, f.cycle))
	return nil
}

// revisionWords says what a revision's state means and what to do next.
func revisionWords(state survey.RevisionState, cycle survey.Cycle) string {
	switch state {
	case survey.RevisionCollecting:
		return "Other regions still have to sign off: see tracker certify status --cycle " + string(cycle)
	case survey.RevisionSigned:
		return "Every region is settled; co-signatures are still missing: tracker certify cosign --cycle " +
			string(cycle)
	case survey.RevisionDisputed:
		return "Regions derived different tables, so it cannot be certified: tracker certify status --cycle " +
			string(cycle)
	case survey.RevisionCertified:
		return "It is certified: these figures are final."
	}
	return "See tracker certify status --cycle " + string(cycle)
}

func newCoSign(c *cli.Invocation) *cobra.Command {
	var table string
	cmd := newCertifyStep(c, "cosign", "Co-sign the national table that this node derived itself",
		"This region co-signed the table of revision %d of %s.", func(_ *cobra.Command, body map[string]any) error {
			if table != "" {
				body["table"] = table
			}
			return nil
		})
	cmd.Long = `Co-sign the national table that this node derived itself.

The node derives the table only from what every region signed off. It does not co-sign
if another region co-signed a different table, if a summary does not verify, or if this
region's figures in the table differ from those it signed. A majority of co-signatures
on one table makes the year final.`
	cmd.Flags().StringVar(&table, "table", "", "SHA-256 of the table to sign; any other table is refused")
	return cmd
}

func newRevision(c *cli.Invocation) *cobra.Command {
	var f certifying
	var w cli.Why
	cmd := &cobra.Command{
		Use: "revision --cycle CYCLE --reason CODE", Args: cli.NoArguments,
		Short: "Open the next revision of certified figures, with a second region",
		Long: `Open the next revision of certified figures, with a second region.

Certified figures never change. Late answers and corrections go into another revision:
every region signs off again, and the difference is shown. Old revisions stay available
for good.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body, err := w.Body(cmd)
			if err != nil {
				return err
			}
			return certify(c, cmd, f, "revision", body, "Revision %d of %s is open: every region must sign off.")
		},
	}
	// No --revision here: the next one has no number yet.
	f.out.Flags(cmd, false)
	cli.CycleFlag(cmd, &f.cycle)
	w.Flags(cmd, survey.CertificationReasons(), true)
	return cmd
}

func newRegionSettlement(c *cli.Invocation, name, short string) *cobra.Command {
	var f certifying
	var w cli.Why
	cmd := &cobra.Command{
		Use: name + " REGION --cycle CYCLE --reason CODE", Short: short, Args: cli.Exactly("REGION"),
		Long: short + `.

The first region proposes it. It takes effect when a second region runs the same command or
"tracker endorse NUMBER". Neither may be the region in question.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			region, err := cli.ParseRegion(cmd, args[0])
			if err != nil {
				return err
			}
			body, err := w.Body(cmd)
			if err != nil {
				return err
			}

			// The revision comes last: it is in the request only if it was named.
			body["region"] = region
			maps.Copy(body, f.body())

			done := "The last figures that " + string(region) + " signed stand in revision %d of %s."
			if name == "absent" {
				done = "Revision %d of %s continues without the figures of " + string(region) + "."
			}
			return certify(c, cmd, f, name, body, done)
		},
	}
	f.flags(cmd)
	w.Flags(cmd, survey.CertificationReasons(), true)
	return cmd
}
