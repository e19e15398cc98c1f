package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/backup"
)

func newBackupCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Make a backup of what only this node has, encrypted to the organisation's key",
		Long: `Make a backup of what only this node has (records, key, settings), while it goes
on. It is encrypted to the public keys in DIR/` + backup.RecipientsFile + ` and lies in
DIR/backups with a manifest. The node also makes one a day by itself and keeps
the last ` + fmt.Sprint(backup.DefaultKeep) + `. Copy them to another place.

"tracker backup key FILE" makes the organisation's key, once.`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.Send(cmd.Context(), "back up", "/backups", struct{}{})
			if err != nil {
				return err
			}
			var m backup.Manifest
			if err := r.Into(&m); err != nil {
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
		t.Add(f.Name, cli.Digits(f.Bytes)+" bytes")
	}
	return c.Print(out, raw, t, "")
}

func newBackupList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the node's backups, the newest first",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.Read(cmd.Context(), "list the backups", "/backups", nil)
			if err != nil {
				return err
			}
			var list struct{ Items []backup.Manifest }
			if err := r.Into(&list); err != nil {
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
