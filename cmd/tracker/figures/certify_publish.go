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
		Use: "publish FILE --cycle CYCLE", Args: cli.Exactly("FILE"),
		Short: "Write a certified year to one file that can be verified without a node",
		Long: `Write a certified year to one file that "tracker verify FILE" checks without a node. It
contains what every region signed, the co-signatures with their proofs, the definitions
and the policy. It proves the year to anyone who compares its keys with a list of the
regions' keys from another source. Keep it byte for byte. "-" writes to standard output.`,
		Example: "  tracker certify publish tracker-2021-22.json --cycle 2021-22",
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{}

			// Zero is a revision of its own, so -1 stands for none.
			if revision >= 0 {
				query.Set("revision", fmt.Sprint(revision))
			}

			path := cli.CertificationPath(cycle, "/published")
			r, err := readAbout(cmd.Context(), c, "publish", string(cycle), path, query)
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
	c.Say("%s has %s bytes. To check it with the regions' keys: tracker verify %s --peers peers.json",
		name, cli.Digits(len(file)), name)
	return nil
}

// writeNew writes a file that does not exist yet, so that nobody's evidence is overwritten.
func writeNew(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s already exists: nothing was written. Name another file, or remove it first", name)
	}
	if err != nil {
		return err
	}

	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
