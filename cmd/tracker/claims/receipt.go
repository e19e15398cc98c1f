package claims

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewReceiptCommand prints the proof of a decision.
func NewReceiptCommand(c *cli.Invocation) *cobra.Command {
	var cycle survey.Cycle
	var number uint64
	cmd := &cobra.Command{
		Use:   "receipt ID --cycle CYCLE | receipt --number N",
		Short: "Print the proof of a company's claim, or of any decision by its number",
		Long: `Print the proof of the last change of a company's claim. With --number, print that of an
earlier change, by its token. Without a company, --number names any decision that binds
the nation: a campaign's step, a sign-off, a co-signature, an endorsement.

The receipt is JSON. Keep it byte for byte: "tracker verify" checks it without a node,
even years later.`,
		Example: "  tracker receipt GB-COH:07209813 --cycle 2022-23 > receipt.json\n" +
			"  tracker receipt --number 4711 > receipt.json",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, query := fmt.Sprintf("/receipts/%d", number), url.Values{}
			switch {
			case len(args) == 0 && (number == 0 || cycle != ""):
				return cli.Usage(cmd, "name a company and --cycle, or only the number of a decision with --number")
			case len(args) == 1 && cycle == "":
				return cli.Usage(cmd, "name the cycle of the claim with --cycle")
			case len(args) == 1:
				id, err := cli.ParseID(cmd, args[0])
				if err != nil {
					return err
				}
				if path = cli.ClaimPath(cycle, id) + "/receipt"; number > 0 {
					query.Set("number", fmt.Sprint(number))
				}
			}

			r, err := c.Read(cmd.Context(), "receipt", path, query)
			if err != nil {
				return err
			}

			// As it came: the proof is over these very bytes.
			if _, err := c.Data.Write(r.Body); err != nil {
				return fmt.Errorf("write the receipt: %w", err)
			}
			return nil
		},
	}
	cli.ParsedFlag(cmd, &cycle, survey.ParseCycle, "cycle", "the cycle of the claim, for example 2022-23")
	cmd.Flags().Uint64Var(&number, "number", 0, "number of a decision, or token of an earlier change of the claim")
	return cmd
}
