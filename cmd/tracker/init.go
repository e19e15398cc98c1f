package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/survey"
)

func newInitCommand(c *cli) *cobra.Command {
	var region string
	var soloSteps bool
	cmd := &cobra.Command{
		Use:   "init --region R",
		Short: "Found a federation with this region as its first",
		Long: `Makes this region's node in --dir and founds a federation with it. The other
regions come in by invitation: "tracker invite R" here, "tracker join TOKEN" there.

It asks nothing. The administrator's API token is written to DIR/admin.token.`,
		Example: "  tracker init --dir /var/lib/tracker --region otv --node-advertise tracker.otv.example:7443",
		Args:    noArguments,
	}
	flags := settingFlags(cmd, "node_listen", "node_advertise", "listen", "operator_listen", "policy", "log")
	cmd.Flags().StringVar(&region, "region", "", "code of this region, for example otv (required)")
	cmd.Flags().BoolVar(&soloSteps, "solo-steps", false, "let every region open, change and close campaigns alone, for ever: for rehearsals")
	if err := cmd.MarkFlagRequired("region"); err != nil {
		panic(err) // only if the flag above does not exist
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		parsed, err := parseRegion(cmd, region)
		if err != nil {
			return err
		}
		settings, address, err := newNode(c, cmd, flags(), parsed)
		if err != nil {
			return err
		}
		key, err := node.Create(settings)
		if err != nil {
			return fmt.Errorf("%w. Nothing was changed", err)
		}
		peers, err := federation.Found(settings.Dir, key, parsed, address, settings.Policy, soloSteps)
		if err != nil {
			return err
		}
		c.say("Founded federation %s with %s (%s).", peers.Federation, parsed, parsed.Name())
		c.say("Node id %s", identity.NodeID(key.Public()))
		c.say("Now run: tracker serve --dir %s", settings.Dir)
		return nil
	}
	return cmd
}

// newNode returns the settings of a node that is about to be made, and the
// address that other nodes are told.
func newNode(c *cli, cmd *cobra.Command, flags config.Flags, region survey.Region) (config.Config, string, error) {
	dir := c.dir()
	if dir == "" {
		return config.Config{}, "", usage(cmd, "name the node's directory with --dir")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return config.Config{}, "", err
	}
	flags["dir"], flags["region"] = dir, string(region)
	settings, _, err := config.Load(flags, c.env)
	if err != nil {
		return settings, "", err
	}
	address, err := settings.AdvertiseAddress()
	if err != nil {
		return settings, "", usage(cmd, "%v (--node-advertise)", err)
	}
	return settings, address, nil
}

func newJoinCommand(c *cli) *cobra.Command {
	var region string
	cmd := &cobra.Command{
		Use:   "join TOKEN",
		Short: "Enter a federation with an invitation",
		Long: `Makes this region's node in --dir and shows the invitation to the sponsor's node,
which admits it for all nodes at once. TOKEN is what "tracker invite" printed there; "-"
reads it from standard input, so that it shows in no list of processes.

It asks nothing, and can be run again if the answer got lost.`,
		Example: "  tracker join - --dir /var/lib/tracker --node-advertise tracker.wessex.example:7443 < token",
		Args:    exactly("TOKEN"),
	}
	flags := settingFlags(cmd, "node_listen", "node_advertise", "listen", "operator_listen", "log")
	cmd.Flags().StringVar(&region, "region", "", "refuse an invitation for another region than this")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := argumentOrInput(c, args[0])
		if err != nil {
			return err
		}
		invite, err := identity.ParseInvite(text)
		if err != nil {
			return usage(cmd, "%v", err)
		}
		invited, err := parseRegion(cmd, invite.Region)
		if err != nil {
			return err
		}
		if region != "" && region != string(invited) {
			return usage(cmd, "the invitation is for %s, not for %s", invited, region)
		}
		settings, address, err := newNode(c, cmd, flags(), invited)
		if err != nil {
			return err
		}
		key, err := createOrResume(c, settings)
		if err != nil {
			return err
		}
		peers, err := federation.Join(cmd.Context(), federation.Joining{Dir: settings.Dir, Key: key, Region: invited, Address: address, Invite: invite})
		if err != nil {
			if errors.Is(err, survey.ErrUnknownOutcome) {
				return err
			}
			return fmt.Errorf("%w. The node in %s was made and keeps its key: run join again with a good invitation", err, settings.Dir)
		}
		c.say("%s (%s) is in federation %s with %d regions.", invited, invited.Name(), peers.Federation, len(peers.Members))
		c.say("Node id %s", identity.NodeID(key.Public()))
		c.say("Now run: tracker serve --dir %s", settings.Dir)
		return nil
	}
	return cmd
}

// createOrResume makes the node, or takes the one that an earlier join made
// before it was admitted.
func createOrResume(c *cli, settings config.Config) (*identity.Key, error) {
	key, err := node.Create(settings)
	if !errors.Is(err, node.ErrExists) {
		return key, err
	}
	if _, peersErr := federation.LoadPeers(settings.Dir); !errors.Is(peersErr, federation.ErrNotFounded) {
		return nil, fmt.Errorf("%w, and it belongs to a federation. Nothing was changed", err)
	}
	if key, err = identity.Load(filepath.Join(settings.Dir, node.KeyFile)); err != nil {
		return nil, err
	}
	return key, config.Write(settings.Path(), settings)
}

func newInviteCommand(c *cli) *cobra.Command {
	var out format
	var life time.Duration
	var observer bool
	cmd := &cobra.Command{
		Use:   "invite REGION",
		Short: "Print a one-time token by which a region's node enters the federation",
		Long: `Prints a one-time token on standard output. Whoever has it can enter as the region, once:
send it over a channel that you trust. A new one for the same region replaces it.`,
		Example: "  tracker invite wessex --dir /var/lib/tracker",
		Args:    exactly("REGION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			region, err := parseRegion(cmd, args[0])
			if err != nil {
				return err
			}
			hours := int(life / time.Hour)
			if life%time.Hour != 0 || hours < 1 || hours > 24 {
				return usage(cmd, "--life %v: whole hours, 1h to 24h", life)
			}
			body := map[string]any{"region": region, "hours": hours}
			if observer {
				body["role"] = survey.RoleObserver
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/federation/invites", body)
			if err != nil {
				return fmt.Errorf("invite %s: %w", region, err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var issued struct {
				Token   string    `json:"token"`
				Expires time.Time `json:"expires"`
			}
			if err := r.into(&issued); err != nil {
				return err
			}
			c.say("For %s (%s), once, until %s. There: tracker join TOKEN", region, region.Name(), longTime(issued.Expires))
			fmt.Fprintln(c.out, issued.Token)
			return nil
		},
	}
	out.flags(cmd, false)
	cmd.Flags().DurationVar(&life, "life", 24*time.Hour, "how long the token is good, in whole hours")
	cmd.Flags().BoolVar(&observer, "observer", false, "let it follow and never vote")
	return cmd
}

// maxArgument bounds an argument that is read from standard input, in bytes.
const maxArgument = 8 << 10

// argumentOrInput returns the argument, or what stands on standard input if it
// is "-".
func argumentOrInput(c *cli, argument string) (string, error) {
	if argument != "-" {
		return argument, nil
	}
	text, err := io.ReadAll(io.LimitReader(c.In, maxArgument))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return string(text), nil
}
