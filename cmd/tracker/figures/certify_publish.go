package figures

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newPublish(c *cli.Invocation) *cobra.Command {
	var cycle survey.Cycle
	revision := -1
	cmd := &cobra.Command{
		Use: "publish FILE --cycle CYCLE", Short: "Write a certified year as one file to verify without a node", Args: cli.Exactly("FILE"),
		Long: `Write a certified year as one file to verify offline, with "tracker verify FILE" and no
node. It holds what every region signed, the co-signatures with their proofs, the
definitions and the policy. It proves the year to whoever compares its keys with a list of
the regions' keys from elsewhere. Keep it byte for byte. A file name of - is standard output.`,
		Example: "  tracker certify publish tracker-2021-22.json --cycle 2021-22",
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{}
			if revision >= 0 {
				query.Set("revision", fmt.Sprint(revision))
			}
			r, err := readAbout(cmd.Context(), c, "publish", string(cycle), cli.CertificationPath(cycle, "/published"), query)
			if err != nil {
				return err
			}
			return writePublished(c, args[0], r.Body)
		},
	}
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().IntVar(&revision, "revision", -1, "number of the revision (default: the newest certified one)")
	return cmd
}

func writePublished(c *cli.Invocation, name string, file json.RawMessage) error {
	if name == "-" {
		_, err := c.Data.Write(file)
		return err
	}
	if err := writeNew(name, file); err != nil {
		return err
	}
	c.Say("%s has %s bytes. Whoever has the regions' keys can check it, without a node: tracker verify %s --peers peers.json", name, cli.Digits(len(file)), name)
	return nil
}

// writeNew writes a file that is not there yet.
func writeNew(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: nothing was written. Name another file, or remove it first", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
