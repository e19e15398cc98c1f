package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newVersionCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cli.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			if out.JSON {
				platform := runtime.GOOS + "/" + runtime.GOARCH
				return c.PrintJSON(map[string]string{"version": cli.Version(), "go": runtime.Version(),
					"platform": platform})
			}
			fmt.Fprintf(c.Data, "tracker %s %s %s/%s\n", cli.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
	out.Flags(cmd, false)
	return cmd
}
