package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node"
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

func newBackupKey(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make the organisation's key for backups: the private part into FILE, the public part into the node's directory",
		Long: `Make the organisation's key for backups. The private part goes into FILE: keep
it away from the node, where the organisation keeps its other secrets. Without
it no backup can ever be opened. The public part is added to
DIR/` + backup.RecipientsFile + `, if --dir names the node's directory.`,
		Args: exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			public, err := backup.NewKey(args[0])
			if err != nil {
				return err
			}
			c.say("The private key is in %s: keep it away from the node.", args[0])
			fmt.Fprintln(c.out, public)
			if c.dir() == "" {
				return nil
			}
			path := filepath.Join(c.dir(), backup.RecipientsFile)
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
			c.say("Backups are encrypted to it from now on: %s", path)
			return nil
		},
	}
}

func newRestoreCommand(c *cli) *cobra.Command {
	var out format
	var key string
	var verify bool
	cmd := &cobra.Command{
		Use:   "restore BACKUP --key FILE [--verify]",
		Short: "Prove a backup, and put it into an empty directory",
		Long: `Prove a backup: decrypt it, compare every file with its manifest, open the copy
of the records and check all of it. With --verify that is all. Otherwise its
files then go into --dir, which must not hold any of them: a node's data is
never overwritten. The registry is not in a backup: at its next start the node
enters its federation under the next generation and fetches it from the others,
and it publishes nothing before.`,
		Example: "  tracker restore otv-20230601T020000Z.tar.age --key org.key --verify\n  tracker restore otv-20230601T020000Z.tar.age --key org.key --dir /var/lib/tracker-new",
		Args:    exactly("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !verify && c.dir() == "" {
				return usage(cmd, "name the directory to restore into with --dir, or say --verify")
			}
			m, err := restore(cmd.Context(), c, args[0], key, verify)
			if err != nil {
				return err
			}
			if verify {
				c.say("The backup is whole.")
			} else {
				c.say("Restored into %s. The next start enters the federation again; make sure that the old node never starts.", c.dir())
			}
			return printManifest(c, out, m, m)
		},
	}
	out.flags(cmd, false)
	cmd.Flags().StringVar(&key, "key", "", "file with the organisation's private key (required)")
	cmd.Flags().BoolVar(&verify, "verify", false, "only prove it")
	if err := cmd.MarkFlagRequired("key"); err != nil {
		panic(err) // only if the flag above does not exist
	}
	return cmd
}

func restore(ctx context.Context, c *cli, path, key string, verify bool) (backup.Manifest, error) {
	identities, err := backup.ReadIdentities(key)
	if err != nil {
		return backup.Manifest{}, err
	}
	if verify {
		return backup.Verify(ctx, path, identities, os.TempDir())
	}
	return node.Restore(ctx, path, identities, c.dir())
}
