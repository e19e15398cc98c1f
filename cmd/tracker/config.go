package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/store/survey"
)

func newConfigCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("config", "Show and check a node's settings",
		newConfigShow(c), newConfigCheck(c), newConfigExample(c), newConfigQuestionnaire(c))
}

// loadSettings loads the settings of the directory that --dir or TRACKER_DIR names, and prints the
// warnings about them.
func loadSettings(c *cli.Invocation) (config.Config, config.Origins, error) {
	flags := config.Flags{}
	if c.DirFlag != "" {
		flags["dir"] = c.DirFlag
	}
	settings, origins, err := config.Load(flags, c.Env)

	// A wrong setting is often explained by a warning, so these come before the error.
	for _, warning := range origins.Warnings {
		c.Say("warning: %s", warning)
	}
	if err != nil {
		return settings, origins, &cli.UsageError{Text: err.Error(), Command: "tracker config"}
	}
	return settings, origins, nil
}

func newConfigCheck(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the settings without starting anything",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, origins, err := loadSettings(c)
			if err != nil {
				return err
			}

			if !origins.FileRead {
				c.Say("There is no %s: the defaults apply.", origins.File)
			}

			// Loading takes any region, because a node's settings are written before it has one.
			if settings.Region != "" {
				if _, err := survey.ParseRegion(settings.Region); err != nil {
					return cli.Usage(cmd, "region: %s", survey.Detail(err))
				}
			}

			if _, err := settings.AdvertiseAddress(); err != nil {
				c.Say("warning: %v", err)
			}
			c.Say("The settings are valid.")
			return nil
		},
	}
}

func newConfigExample(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "example",
		Short: "Print a settings file that has every key, commented out",
		Args:  cli.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprint(c.Data, config.Example())
			return nil
		},
	}
}

func newConfigShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var origin bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the settings in force",
		Long: `Show the settings in force. Defaults come first, then DIR/tracker.yaml, then TRACKER_*
variables, then flags; each overrides the ones before. --origin shows where each value comes from.`,
		Example: "  tracker config show --dir /var/lib/tracker --origin",
		Args:    cli.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			_, origins, err := loadSettings(c)
			if err != nil {
				return err
			}

			t := cli.Table{Header: []string{"KEY", "VALUE"}}
			if origin {
				t.Header = append(t.Header, "ORIGIN", "SOURCE")
			}

			for _, s := range origins.Settings {
				row := []string{s.Key, fmt.Sprint(s.Value)}
				if origin {
					row = append(row, string(s.Origin), s.Source)
				}
				t.Add(row...)
			}
			return c.Print(out, origins.Settings, t, "")
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().BoolVar(&origin, "origin", false, "show where each value comes from")
	return cmd
}
