package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/node/backup"
)

func newRestoreCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var key string
	var verify bool
	cmd := &cobra.Command{
		Use:   "restore BACKUP --key FILE [--verify]",
		Short: "Verify a backup, and restore it into an empty directory",
		Long: `Verify a backup: decrypt it, compare every file with the manifest, open the copy
of the records and check all of it. With --verify it stops there. Otherwise it puts
the files into --dir, which must not contain any of them: a node's data is never
overwritten. The registry is not part of a backup: at its next start the node joins
its federation under the next generation and fetches the registry from the others.
It publishes nothing before that.`,
		Example: "  tracker restore otv-20230601T020000Z.tar.age --key org.key --verify\n" +
			"  tracker restore otv-20230601T020000Z.tar.age --key org.key --dir /var/lib/tracker-new",
		Args: cli.Exactly("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !verify && c.Dir() == "" {
				return cli.Usage(cmd, "name the directory to restore into with --dir, or use --verify")
			}

			// Either way the whole backup is verified first.
			m, err := restore(cmd.Context(), c, args[0], key, verify)
			if err != nil {
				return err
			}

			if verify {
				c.Say("The backup is complete and undamaged.")
			} else {
				c.Say("Restored into %s. At its next start the node joins the federation again; "+
					"make sure that the old node never starts.", c.Dir())
			}
			return printManifest(c, out, m, m)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&key, "key", "", "file with the organisation's private key (required)")
	cmd.Flags().BoolVar(&verify, "verify", false, "verify the backup and restore nothing")
	cli.Require(cmd, "key")
	return cmd
}

func restore(ctx context.Context, c *cli.Invocation, path, key string, verify bool) (backup.Manifest, error) {
	identities, err := backup.ReadIdentities(key)
	if err != nil {
		return backup.Manifest{}, err
	}
	if verify {
		return backup.Verify(ctx, path, identities, os.TempDir())
	}
	return node.Restore(ctx, path, identities, c.Dir())
}
