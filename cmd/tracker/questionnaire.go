package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newConfigQuestionnaire(c *cli) *cobra.Command {
	return group("questionnaire", "Check, add and list questionnaires and metric definitions", newQuestionnaireCheck(c), newQuestionnaireAdd(c), newQuestionnaireList(c))
}

// readEdition reads and checks a file.
func readEdition(cmd *cobra.Command, path string) ([]byte, survey.Edition, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, survey.Edition{}, usage(cmd, "%v", err)
	}
	e, err := survey.CheckEdition(data)
	if err != nil {
		return nil, survey.Edition{}, usage(cmd, "%s: %s", path, plain(err))
	}
	return data, e, nil
}

func (c *cli) printEditions(out format, list []survey.Edition) error {
	t := table{header: []string{"ID", "KIND", "ITEMS", "HASH"}}
	for _, e := range list {
		t.add(e.ID, string(e.Kind), fmt.Sprint(e.Items), e.Hash)
	}
	return c.print(out, list, t, "This node has the questionnaires of its software and no others.")
}

func newQuestionnaireCheck(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Check a questionnaire or metric definitions, without a node",
		Long: `Check a questionnaire (nq-2) or metric definitions (md-2), without a node.

The hash is of the content: compare it with the other regions' before a
campaign uses it. A version never changes: a name that the software knows with
other content is refused. Definitions are checked against their questionnaire,
which is looked for in --dir.`,
		Example: "  tracker config questionnaire check nq-2.json",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.loadEditions(cmd); err != nil {
				return err
			}
			_, e, err := readEdition(cmd, args[0])
			if err != nil {
				return err
			}
			return c.printEditions(out, []survey.Edition{e})
		},
	}
	out.flags(cmd, true)
	return cmd
}

// loadEditions makes known what the directory of the settings holds.
func (c *cli) loadEditions(cmd *cobra.Command) error {
	settings, _, err := c.loadSettings()
	if err != nil {
		return err
	}
	if _, err := survey.LoadEditions(settings.Dir); err != nil {
		return usage(cmd, "%s", plain(err))
	}
	return nil
}

func newQuestionnaireAdd(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "add FILE",
		Short: "Add a questionnaire or metric definitions to a node",
		Long: `Add a questionnaire or metric definitions to the node of --dir. The file is
checked and copied beside the node's records, where backups take it; the node
knows it from its next start on. Adding the same again changes nothing.`,
		Example: "  tracker config questionnaire add nq-2.json --dir /var/lib/tracker",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, _, err := c.loadSettings()
			if err != nil {
				return err
			}
			if err := c.loadEditions(cmd); err != nil {
				return err
			}
			data, e, err := readEdition(cmd, args[0])
			if err != nil {
				return err
			}
			if !e.Known {
				if err := keepEdition(filepath.Join(settings.Dir, e.ID+".json"), data); err != nil {
					return fmt.Errorf("add %s: nothing was changed: %w", e.ID, err)
				}
				c.say("Added. The node knows %s from its next start on.", e.ID)
			}
			return c.printEditions(out, []survey.Edition{e})
		},
	}
	out.flags(cmd, true)
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

func newQuestionnaireList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what was added to a node, with its hashes",
		Example: "  tracker config questionnaire list --dir /var/lib/tracker",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, _, err := c.loadSettings()
			if err != nil {
				return err
			}
			list, err := survey.LoadEditions(settings.Dir)
			if err != nil {
				return usage(cmd, "%s", plain(err))
			}
			return c.printEditions(out, list)
		},
	}
	out.flags(cmd, true)
	return cmd
}
