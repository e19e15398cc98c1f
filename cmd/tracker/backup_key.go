package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/backup"
)

func newBackupKey(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make the organisation's key for backups: the private part into FILE, the public part into the node's directory",
		Long: `Make the organisation's key for backups. The private part goes into FILE: keep
it away from the node, where the organisation keeps its other secrets. Without
it no backup can ever be opened. The public part is added to
DIR/` + backup.RecipientsFile + `, if --dir names the node's directory.`,
		Args: cli.Exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			public, err := backup.NewKey(args[0])
			if err != nil {
				return err
			}
			c.Say("The private key is in %s: keep it away from the node.", args[0])
			fmt.Fprintln(c.Data, public)
			if c.Dir() == "" {
				return nil
			}
			path := filepath.Join(c.Dir(), backup.RecipientsFile)
			file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
			if err != nil {
				return fmt.Errorf("add the public key: %w", err)
			}
			_, err = fmt.Fprintln(file, public)
			if closeErr := file.Close(); err == nil {
				err = closeErr
			}
			if err != nil {
				return fmt.Errorf("add the public key: %w", err)
			}
			c.Say("Backups are encrypted to it from now on: %s", path)
			return nil
		},
	}
}
