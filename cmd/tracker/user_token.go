package main

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func newUserToken(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var role, name string
	var expires time.Duration
	cmd := &cobra.Command{
		Use:   "token --role ROLE --name NAME",
		Short: "Issue an API token, whose secret is shown once only",
		Long: `Issue an API token. Its secret is shown once only, alone on standard output.

The name appears in this node's own list and log and does not leave the node.`,
		Example: "  TRACKER_TOKEN=$(tracker user token --dir otv --role viewer --name dashboard)",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(store.Permissions(), store.Permission(role)) {
				return cli.Usage(cmd, "--role %s: use one of %s", role, survey.List(store.Permissions()))
			}

			body := api.NewToken{Name: name, Role: store.Permission(role)}
			if expires < 0 {
				return cli.Usage(cmd, "--expires-in must not be negative")
			}

			// Whole seconds, so that the same command line makes the same request.
			if expires > 0 {
				body.Expires = time.Now().Add(expires).UTC().Truncate(time.Second)
			}

			issued, r, err := cli.Decoded[api.IssuedToken](c.Send(cmd.Context(), "issue a token", "/tokens", body))
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}

			c.Say("Token %s for %s (%s). Keep it now: it is not shown again.", issued.ID, issued.Name, issued.Role)
			fmt.Fprintln(c.Data, issued.Secret)
			return nil
		},
	}
	out.Flags(cmd, false)
	flags := cmd.Flags()
	flags.StringVar(&role, "role", string(store.PermissionViewer), "one of "+survey.List(store.Permissions()))
	flags.StringVar(&name, "name", "", "what the token is for (required)")
	flags.DurationVar(&expires, "expires-in", 0, "how long it is valid, for example 720h (default: until revoked)")
	cli.Require(cmd, "name")
	cmd.AddCommand(newTokenList(c), newTokenRevoke(c))
	return cmd
}

func newTokenRevoke(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "Revoke a token for good",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/tokens/" + url.PathEscape(args[0]) + "/disable"
			if _, err := c.Send(cmd.Context(), "revoke token "+args[0], path, struct{}{}); err != nil {
				return err
			}
			c.Say("Revoked.")
			return nil
		},
	}
}

func newTokenList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, without their secrets",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[store.Token]{
				Path:   "/tokens",
				Header: []string{"ID", "NAME", "ROLE", "CREATED", "EXPIRES", "DISABLED"},
				Row: func(token store.Token) []string {
					return []string{token.ID, token.Name, string(token.Role), out.TimeFor(token.Created),
						out.TimeFor(token.Expires), out.TimeFor(token.Disabled)}
				},
				Empty: "There are no tokens.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
