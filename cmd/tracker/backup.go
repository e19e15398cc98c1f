package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/backup"
)

func newBackupCommand(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Make a backup of what only this node has, encrypted to the organisation's key",
		Long: `Make a backup of what only this node has (records, key, settings), while it goes
on. It is encrypted to the public keys in DIR/` + backup.RecipientsFile + ` and lies in
DIR/backups with a manifest. The node also makes one a day by itself and keeps
the last ` + fmt.Sprint(backup.DefaultKeep) + `. Copy them to another place.

"tracker backup key FILE" makes the organisation's key, once.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/backups", struct{}{})
			if err != nil {
				return fmt.Errorf("back up: %w", err)
			}
			var m backup.Manifest
			if err := r.into(&m); err != nil {
				return err
			}
			return printManifest(c, out, r.body, m)
		},
	}
	out.flags(cmd, false)
	cmd.AddCommand(newBackupList(c), newBackupKey(c))
	return cmd
}

func printManifest(c *cli, out format, raw any, m backup.Manifest) error {
	t := table{}
	t.add("backup", m.Name)
	t.add("region", string(m.Region))
	t.add("made", longTime(m.Made))
	for _, f := range m.Files {
		t.add(f.Name, groupDigits(f.Bytes)+" bytes")
	}
	return c.print(out, raw, t, "")
}

func newBackupList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the node's backups, the newest first",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/backups", nil)
			if err != nil {
				return fmt.Errorf("list the backups: %w", err)
			}
			var list struct{ Items []backup.Manifest }
			if err := r.into(&list); err != nil {
				return err
			}
			t := table{header: []string{"BACKUP", "MADE", "BYTES", "SHA-256"}}
			for _, m := range list.Items {
				t.add(m.Name, out.timeFor(m.Made), fmt.Sprint(m.Bytes), m.SHA256)
			}
			return c.print(out, r.body, t, "There is no backup yet. Make one with \"tracker backup\".")
		},
	}
	out.flags(cmd, true)
	return cmd
}
