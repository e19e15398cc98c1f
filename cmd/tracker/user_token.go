package main

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newUserToken(c *cli) *cobra.Command {
	var out format
	var role, name string
	var expires time.Duration
	cmd := &cobra.Command{
		Use:   "token --role ROLE --name NAME",
		Short: "Issue an API token; its secret is shown this once",
		Long: `Issue an API token; its secret is shown this once, alone on standard output.

The name is for this node's own list and log: it does not leave the node.`,
		Example: "  TRACKER_TOKEN=$(tracker user token --dir otv --role viewer --name dashboard)",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(store.Permissions(), store.Permission(role)) {
				return usage(cmd, "--role %s: use one of %s", role, joinIDs(store.Permissions()))
			}
			body := api.NewToken{Name: name, Role: store.Permission(role)}
			if expires < 0 {
				return usage(cmd, "--expires-in is not negative")
			}
			if expires > 0 {
				body.Expires = time.Now().Add(expires).UTC().Truncate(time.Second)
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/tokens", body)
			if err != nil {
				return fmt.Errorf("issue a token: %w", err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var issued api.IssuedToken
			if err := r.into(&issued); err != nil {
				return err
			}
			c.say("Token %s for %s (%s). It is shown this once: keep it now.", issued.ID, issued.Name, issued.Role)
			fmt.Fprintln(c.out, issued.Secret)
			return nil
		},
	}
	out.flags(cmd, false)
	flags := cmd.Flags()
	flags.StringVar(&role, "role", string(store.PermissionViewer), "one of "+joinIDs(store.Permissions()))
	flags.StringVar(&name, "name", "", "what the token is for (required)")
	flags.DurationVar(&expires, "expires-in", 0, "good for this long, for example 720h (default: until disabled)")
	if err := cmd.MarkFlagRequired("name"); err != nil {
		panic(err) // only if the flag above does not exist
	}
	cmd.AddCommand(newTokenList(c), newTokenRevoke(c))
	return cmd
}

func newTokenRevoke(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "Revoke a token for good",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if _, err := cl.post(cmd.Context(), "/tokens/"+url.PathEscape(args[0])+"/disable", struct{}{}); err != nil {
				return fmt.Errorf("revoke token %s: %w", args[0], err)
			}
			c.say("Revoked.")
			return nil
		},
	}
}
