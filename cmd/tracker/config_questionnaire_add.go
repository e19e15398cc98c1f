package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newQuestionnaireAdd(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "add FILE",
		Short: "Add an edition to a node",
		Long: `Add a questionnaire, metric definitions, a stakeholders' survey or what the
region adds for itself to the node of --dir. The file is
checked and copied beside the node's records, where backups take it; the node
knows it from its next start on. Adding the same again changes nothing.`,
		Example: "  tracker config questionnaire add nq-2.json --dir /var/lib/tracker",
		Args:    cli.Exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, _, err := loadSettings(c)
			if err != nil {
				return err
			}
			known, _, err := knownEditions(c, cmd)
			if err != nil {
				return err
			}
			data, e, err := readEdition(cmd, known, args[0])
			if err != nil {
				return err
			}
			if !e.Known {
				if err := keepEdition(filepath.Join(settings.Dir, e.ID+".json"), data); err != nil {
					return fmt.Errorf("add %s: nothing was changed: %w", e.ID, err)
				}
				c.Say("Added. The node knows %s from its next start on.", e.ID)
			}
			return printEditions(c, out, []survey.Edition{e})
		},
	}
	out.Flags(cmd, true)
	return cmd
}

// keepEdition writes the file whole or not at all, and never over another.
func keepEdition(path string, data []byte) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already", path)
	}
	partial := path + ".partial"
	if err := os.WriteFile(partial, data, 0o600); err != nil {
		return err
	}
	return os.Rename(partial, path)
}
