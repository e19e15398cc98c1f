package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/backup"
)

func newBackupCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Back up everything that only this node has, encrypted to the organisation's key",
		Long: `Back up everything that only this node has (records, key, settings) while it runs.
The backup is encrypted to the public keys in DIR/` + backup.RecipientsFile + ` and stored in
DIR/backups with a manifest. The node also makes one a day by itself and keeps
the last ` + fmt.Sprint(backup.DefaultKeep) + `. Copy them to another place.

"tracker backup key FILE" makes the organisation's key. Run it once.`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, r, err := cli.Decoded[backup.Manifest](c.Send(cmd.Context(), "back up", "/backups", struct{}{}))
			if err != nil {
				return err
			}
			return printManifest(c, out, r.Body, m)
		},
	}
	out.Flags(cmd, false)
	cmd.AddCommand(newBackupList(c), newBackupKey(c))
	return cmd
}

func printManifest(c *cli.Invocation, out cli.Format, raw any, m backup.Manifest) error {
	t := cli.Table{}
	t.Add("backup", m.Name)
	t.Add("region", string(m.Region))
	t.Add("made", cli.LongTime(m.Made))
	for _, f := range m.Files {
		// Restoring compares each file with this list, so a person can do so too.
		t.Add(f.Name, cli.Digits(f.Bytes)+" bytes")
	}
	return c.Print(out, raw, t, "")
}

func newBackupList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the node's backups, newest first",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, r, err := cli.Decoded[api.Page[backup.Manifest]](c.Read(cmd.Context(), "list the backups",
				"/backups", nil))
			if err != nil {
				return err
			}

			t := cli.Table{Header: []string{"BACKUP", "MADE", "BYTES", "SHA-256"}}
			for _, m := range list.Items {
				t.Add(m.Name, out.TimeFor(m.Made), fmt.Sprint(m.Bytes), m.SHA256)
			}
			return c.Print(out, r.Body, t, "There is no backup yet. Make one with \"tracker backup\".")
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newBackupKey(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make the organisation's key for backups",
		Long: `Make the organisation's key for backups. The private part goes into FILE: keep
it away from the node, where the organisation keeps its other secrets. Without
it no backup can ever be opened. The public part is added to
DIR/` + backup.RecipientsFile + ` if --dir names the node's directory.`,
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

			// Added to those already there: each of the keys opens every backup.
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
