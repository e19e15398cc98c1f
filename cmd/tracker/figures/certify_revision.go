package figures

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

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
	w.Flags(cmd, survey.CertificationReasons())
	return cmd
}
