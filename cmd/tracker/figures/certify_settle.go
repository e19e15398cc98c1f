package figures

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionSettlement(c *cli.Invocation, name, short string) *cobra.Command {
	var f certifying
	var w certifyWhy
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
			body := f.body()
			body["region"] = region
			if err := w.add(cmd, body); err != nil {
				return err
			}
			done := map[string]string{"stand": "The last figures that " + string(region) + " signed stand in revision %d of %s.",
				"absent": "Revision %d of %s goes on without the figures of " + string(region) + "."}[name]
			return certify(c, cmd, f, name, body, done)
		},
	}
	f.flags(cmd)
	w.flags(cmd)
	return cmd
}

// certifyWhy are the flags that say why.
type certifyWhy struct{ reason, words string }

func (w *certifyWhy) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.reason, "reason", "", "one of "+cli.Join(survey.CertificationReasons())+" (required)")
	cmd.Flags().StringVar(&w.words, "words", "", "why, for this node's own audit log: it does not leave the node")
	cli.Require(cmd, "reason")
}

func (w *certifyWhy) add(cmd *cobra.Command, body map[string]any) error {
	if !slices.Contains(survey.CertificationReasons(), survey.ReasonCode(w.reason)) {
		return cli.Usage(cmd, "--reason %s: use one of %s", w.reason, cli.Join(survey.CertificationReasons()))
	}
	body["reason"], body["words"] = w.reason, w.words
	return nil
}
