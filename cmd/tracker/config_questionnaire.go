package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func newConfigQuestionnaire(c *cli.Invocation) *cobra.Command {
	return cli.Group("questionnaire", "Check, add and list questionnaires, definitions and regions' own questions",
		newQuestionnaireCheck(c), newQuestionnaireAdd(c), newQuestionnaireList(c))
}

// readEdition reads a file and checks it against the known editions.
func readEdition(cmd *cobra.Command, known *survey.Editions, path string) ([]byte, survey.Edition, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, survey.Edition{}, cli.Usage(cmd, "%v", err)
	}
	e, err := known.Check(data)
	if err != nil {
		return nil, survey.Edition{}, cli.Usage(cmd, "%s: %s", path, survey.Detail(err))
	}
	return data, e, nil
}

func printEditions(c *cli.Invocation, out cli.Format, list []survey.Edition) error {
	t := cli.Table{Header: []string{"ID", "KIND", "ITEMS", "HASH"}}
	for _, e := range list {
		t.Add(e.ID, string(e.Kind), fmt.Sprint(e.Items), e.Hash)
	}
	return c.Print(out, list, t, "This node has the questionnaires of its software and no others.")
}

func newQuestionnaireCheck(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Check an edition without a node",
		Long: `Check an edition without a node: a questionnaire (nq-2), metric definitions
(md-2), a stakeholders' survey (ss-2), or a region's own additions (own-1). A region
may add questions of its own, with ids that begin with its code such as otv.lep,
and the areas of its organisations.

The hash covers the content: compare it with the other regions' hash before a
campaign uses the edition. A version never changes, so a name that the software
knows with other content is refused. Definitions are checked against their
questionnaire, which must be in --dir. If it offers more options at q11 (stage)
or q13 (help) than the software knows, they must declare every key of that breakdown:
"breakdowns": {"support": [{"code": "pricing", "label": "Pricing"}, ...]}.`,
		Example: "  tracker config questionnaire check nq-2.json",
		Args:    cli.Exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			known, _, err := knownEditions(c, cmd)
			if err != nil {
				return err
			}
			_, e, err := readEdition(cmd, known, args[0])
			if err != nil {
				return err
			}
			return printEditions(c, out, []survey.Edition{e})
		},
	}
	out.Flags(cmd, true)
	return cmd
}

// knownEditions returns the software's editions with those of the settings' directory, and a list
// of the latter.
func knownEditions(c *cli.Invocation, cmd *cobra.Command) (*survey.Editions, []survey.Edition, error) {
	settings, _, err := loadSettings(c)
	if err != nil {
		return nil, nil, err
	}
	known, list, err := store.ReadEditions(settings.Dir, survey.Region(settings.Region))
	if err != nil {
		return nil, nil, cli.Usage(cmd, "%v", err)
	}
	return known, list, nil
}

func newQuestionnaireList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the editions added to a node, with their hashes",
		Example: "  tracker config questionnaire list --dir /var/lib/tracker",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, list, err := knownEditions(c, cmd)
			if err != nil {
				return err
			}
			return printEditions(c, out, list)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newQuestionnaireAdd(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "add FILE",
		Short: "Add an edition to a node",
		Long: `Add a questionnaire, metric definitions, a stakeholders' survey or a region's own
additions to the node in --dir. The file is checked and copied next to the node's
records, where backups include it. The node uses it after its next start. Adding
the same edition again changes nothing.`,
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

			// The software's own editions need no file.
			if !e.Known {
				if err := keepEdition(filepath.Join(settings.Dir, e.ID+".json"), data); err != nil {
					return fmt.Errorf("add %s: nothing was changed: %w", e.ID, err)
				}
				c.Say("Added. The node will use %s after its next start.", e.ID)
			}
			return printEditions(c, out, []survey.Edition{e})
		},
	}
	out.Flags(cmd, true)
	return cmd
}

// keepEdition writes the file whole or not at all, and never over another file.
func keepEdition(path string, data []byte) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s already exists", path)
	}

	// A crash in between leaves a name that no node reads.
	partial := path + ".partial"
	if err := os.WriteFile(partial, data, 0o600); err != nil {
		return err
	}
	return os.Rename(partial, path)
}
