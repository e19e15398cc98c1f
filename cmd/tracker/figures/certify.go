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
	cycle    survey.Cycle
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
	cl, err := c.Connect()
	if err != nil {
		return err
	}
	result, r, err := cli.Decoded[api.CertificationStep](cl.Post(cmd.Context(), cli.CertificationPath(f.cycle, "/"+step), body))
	if err != nil {
		return failure(step+" of", string(f.cycle), err)
	}
	if f.out.JSON {
		return c.PrintJSON(r.Body)
	}
	switch {
	case result.Proposal != 0:
		c.SayWaiting(result.Waiting)
		return nil
	case result.Outcome == survey.OutcomeExists:
		c.Say("It was so already: nothing changed.")
	default:
		c.Say(done, result.Revision, f.cycle)
	}
	if result.Hash != "" {
		c.Say("Its SHA-256 is %s.", result.Hash)
	}
	c.Say("%s", revisionWords(result.State, f.cycle))
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

func newCoSign(c *cli.Invocation) *cobra.Command {
	var table string
	cmd := newCertifyStep(c, "cosign", "Co-sign the national table that this node derived by itself",
		"This region co-signed the table of revision %d of %s.", func(_ *cobra.Command, body map[string]any) error {
			if table != "" {
				body["table"] = table
			}
			return nil
		})
	cmd.Long = `Co-sign the national table that this node derived by itself.

The node makes the table from what every region signed off, and from nothing else. It
does not co-sign when another region co-signed another table, when a summary does not
verify, or when the figures in it for this region are not those that it signed. A
majority of co-signatures on one table makes the year final.`
	cmd.Flags().StringVar(&table, "table", "", "SHA-256 of the table as you compared it with others: nothing is signed unless the same follows here")
	return cmd
}

func newRevision(c *cli.Invocation) *cobra.Command {
	var f certifying
	var w cli.Why
	cmd := &cobra.Command{
		Use: "revision --cycle CYCLE --reason CODE", Short: "Open the next revision of certified figures, by two regions", Args: cli.NoArguments,
		Long: `Open the next revision of certified figures, by two regions.

Certified figures never move. Answers that came late, and corrections, go into another
revision: every region signs off again, and the difference is shown. Old revisions can be
asked for for ever.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body, err := w.Body(cmd)
			if err != nil {
				return err
			}
			return certify(c, cmd, f, "revision", body, "Revision %d of %s is open: every region signs off.")
		},
	}
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

The first region proposes it; it takes effect when a second one runs the same command, or
"tracker endorse NUMBER". Neither may be the region that is meant.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			region, err := cli.ParseRegion(cmd, args[0])
			if err != nil {
				return err
			}
			body, err := w.Body(cmd)
			if err != nil {
				return err
			}
			body["region"] = region
			maps.Copy(body, f.body())
			done := map[string]string{"stand": "The last figures that " + string(region) + " signed stand in revision %d of %s.",
				"absent": "Revision %d of %s goes on without the figures of " + string(region) + "."}[name]
			return certify(c, cmd, f, name, body, done)
		},
	}
	f.flags(cmd)
	w.Flags(cmd, survey.CertificationReasons(), true)
	return cmd
}
