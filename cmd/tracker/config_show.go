package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newConfigShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var origin bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the settings in force",
		Long: `Show the settings in force: defaults, then DIR/tracker.yaml, then TRACKER_*
variables, then flags; the later wins. --origin says for each who set it.`,
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
	cmd.Flags().BoolVar(&origin, "origin", false, "say where each value comes from")
	return cmd
}
