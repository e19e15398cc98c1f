package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/store/survey"
)

func newConfigCommand(c *cli) *cobra.Command {
	return group("config", "Show and check a node's settings", newConfigShow(c), newConfigCheck(c), newConfigExample(c), newConfigQuestionnaire(c))
}

// loadSettings loads the settings of the directory that --dir or TRACKER_DIR
// names, and says its warnings.
func loadSettings(c *cli) (config.Config, config.Origins, error) {
	flags := config.Flags{}
	if c.dirFlag != "" {
		flags["dir"] = c.dirFlag
	}
	settings, origins, err := config.Load(flags, c.env)
	for _, warning := range origins.Warnings {
		c.say("warning: %s", warning)
	}
	if err != nil {
		return settings, origins, &usageError{text: err.Error(), command: "tracker config"}
	}
	return settings, origins, nil
}

func newConfigCheck(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the settings without starting anything",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, origins, err := loadSettings(c)
			if err != nil {
				return err
			}
			if !origins.FileRead {
				c.say("There is no %s: the defaults are in force.", origins.File)
			}
			if settings.Region != "" {
				if _, err := survey.ParseRegion(settings.Region); err != nil {
					return usage(cmd, "region: %s", plain(err))
				}
			}
			if _, err := settings.AdvertiseAddress(); err != nil {
				c.say("warning: %v", err)
			}
			c.say("The settings are good.")
			return nil
		},
	}
}

func newConfigExample(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "example",
		Short: "Print a settings file with every key, commented out",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprint(c.out, config.Example())
			return nil
		},
	}
}
