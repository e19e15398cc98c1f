package figures

import (
	"maps"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

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
	w.Flags(cmd, survey.CertificationReasons())
	return cmd
}
