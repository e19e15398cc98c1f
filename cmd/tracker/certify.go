package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCertifyCommand(c *cli) *cobra.Command {
	return group("certify", "Take a closed campaign's figures to a certified year",
		newCertifyStatus(c),
		newCertifyStep(c, "sign-off", "Sign this region's final figures off",
			"This region's final figures are signed off for revision %d of %s.", nil),
		newCoSign(c),
		newRegionSettlement(c, "stand", "Let a region's last signed figures stand, if two other regions want it so"),
		newRegionSettlement(c, "absent", "Go on without a region's figures, if two other regions want it so"),
		newRevision(c), newPublish(c))
}

func certificationPath(cycle survey.Cycle, rest string) string {
	return "/certification/" + url.PathEscape(string(cycle)) + rest
}

// certifying are the flags that every step has.
type certifying struct {
	out      format
	cycle    string
	revision int
}

func (f *certifying) flags(cmd *cobra.Command) {
	f.out.flags(cmd, false)
	cycleFlag(cmd, &f.cycle)
	cmd.Flags().IntVar(&f.revision, "revision", -1, "number of the revision (default: the newest)")
}

// body starts a request with the revision, if one was named.
func (f *certifying) body() map[string]any {
	if f.revision < 0 {
		return map[string]any{}
	}
	return map[string]any{"revision": f.revision}
}

// newCertifyStep is a verb that takes the revision one step; more adds to the
// request.
func newCertifyStep(c *cli, name, short, done string, more func(cmd *cobra.Command, body map[string]any) error) *cobra.Command {
	var f certifying
	cmd := &cobra.Command{
		Use: name + " --cycle CYCLE", Short: short, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body := f.body()
			if more != nil {
				if err := more(cmd, body); err != nil {
					return err
				}
			}
			return certify(c, cmd, f, name, body, done)
		},
	}
	f.flags(cmd)
	return cmd
}

// certify takes a step and says what became of it, and of the revision.
func certify(c *cli, cmd *cobra.Command, f certifying, step string, body map[string]any, done string) error {
	cycle, err := parseCycle(cmd, f.cycle)
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.post(cmd.Context(), certificationPath(cycle, "/"+step), body)
	if err != nil {
		return doing(step+" of", string(cycle), err)
	}
	if f.out.json {
		return c.printJSON(r.body)
	}
	var result api.CertificationStep
	if err := r.into(&result); err != nil {
		return err
	}
	switch {
	case result.Proposal != 0:
		sayWaiting(c, result.Waiting)
		return nil
	case result.Outcome == survey.OutcomeExists:
		c.say("It was so already: nothing changed.")
	default:
		c.say(done, result.Revision, cycle)
	}
	if result.Hash != "" {
		c.say("Its SHA-256 is %s.", result.Hash)
	}
	c.say("%s", revisionWords(result.State, cycle))
	return nil
}

// revisionWords says what a revision's state means and what comes next.
func revisionWords(state survey.RevisionState, cycle survey.Cycle) string {
	switch state {
	case survey.RevisionCollecting:
		return "Other regions have to sign off still: see tracker certify status --cycle " + string(cycle)
	case survey.RevisionSigned:
		return "Every region is settled; co-signatures are missing still: tracker certify cosign --cycle " + string(cycle)
	case survey.RevisionDisputed:
		return "Regions derived different tables: it cannot be certified so. See tracker certify status --cycle " + string(cycle)
	case survey.RevisionCertified:
		return "It is certified: these figures are final."
	}
	return "See tracker certify status --cycle " + string(cycle)
}

// sayWaiting says that a step waits, and for what.
func sayWaiting(c *cli, w api.Waiting) {
	c.say("Proposed: number %d waits for a second region: tracker endorse %d", w.Proposal, w.Proposal)
	if !w.Lapses.IsZero() {
		c.say("It lapses on %s if none consents.", longTime(w.Lapses))
	}
}

func newCoSign(c *cli) *cobra.Command {
	var table string
	cmd := newCertifyStep(c, "cosign", "Co-sign the national table that this node derived by itself",
		"This region co-signed the table of revision %d of %s.", func(_ *cobra.Command, body map[string]any) error {
			if table != "" {
				body["table"] = table
			}
			return nil
		})
	cmd.Long = `Co-sign the national table that this node derived by itself.

The node makes the table from what every region signed off, and from nothing else. It
does not co-sign when another region co-signed another table, when a summary does not
verify, or when the figures in it for this region are not those that it signed. A
majority of co-signatures on one table makes the year final.`
	cmd.Flags().StringVar(&table, "table", "", "SHA-256 of the table as you compared it with others: nothing is signed unless the same follows here")
	return cmd
}

// certifyWhy are the flags that say why.
type certifyWhy struct{ reason, words string }

func (w *certifyWhy) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.reason, "reason", "", "one of "+joinIDs(survey.CertificationReasons())+" (required)")
	cmd.Flags().StringVar(&w.words, "words", "", "why, for this node's own audit log: it does not leave the node")
	if err := cmd.MarkFlagRequired("reason"); err != nil {
		panic(err) // only if the flag above does not exist
	}
}

func (w *certifyWhy) add(cmd *cobra.Command, body map[string]any) error {
	if !slices.Contains(survey.CertificationReasons(), survey.ReasonCode(w.reason)) {
		return usage(cmd, "--reason %s: use one of %s", w.reason, joinIDs(survey.CertificationReasons()))
	}
	body["reason"], body["words"] = w.reason, w.words
	return nil
}

func newRegionSettlement(c *cli, name, short string) *cobra.Command {
	var f certifying
	var w certifyWhy
	cmd := &cobra.Command{
		Use: name + " REGION --cycle CYCLE --reason CODE", Short: short, Args: exactly("REGION"),
		Long: short + `.

The first region proposes it; it takes effect when a second one runs the same command, or
"tracker endorse NUMBER". Neither may be the region that is meant.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			region, err := parseRegion(cmd, args[0])
			if err != nil {
				return err
			}
			body := f.body()
			body["region"] = region
			if err := w.add(cmd, body); err != nil {
				return err
			}
			done := map[string]string{"stand": "The last figures that " + string(region) + " signed stand in revision %d of %s.",
				"absent": "Revision %d of %s goes on without the figures of " + string(region) + "."}[name]
			return certify(c, cmd, f, name, body, done)
		},
	}
	f.flags(cmd)
	w.flags(cmd)
	return cmd
}

func newRevision(c *cli) *cobra.Command {
	var f certifying
	var w certifyWhy
	cmd := &cobra.Command{
		Use: "revision --cycle CYCLE --reason CODE", Short: "Open the next revision of certified figures, by two regions", Args: noArguments,
		Long: `Open the next revision of certified figures, by two regions.

Certified figures never move. Answers that came late, and corrections, go into another
revision: every region signs off again, and the difference is shown. Old revisions can be
asked for for ever.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body := map[string]any{}
			if err := w.add(cmd, body); err != nil {
				return err
			}
			return certify(c, cmd, f, "revision", body, "Revision %d of %s is open: every region signs off.")
		},
	}
	f.out.flags(cmd, false)
	cycleFlag(cmd, &f.cycle)
	w.flags(cmd)
	return cmd
}

func newCertifyStatus(c *cli) *cobra.Command {
	var out format
	var cycleText string
	cmd := &cobra.Command{
		Use: "status --cycle CYCLE", Short: "How far a year's figures have come: who signed off, who is missing, what to do next", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), certificationPath(cycle, ""), nil)
			if err != nil {
				return doing("certification of", string(cycle), err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var status api.Certification
			if err := r.into(&status); err != nil {
				return err
			}
			return printCertification(c, status)
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycleText)
	return cmd
}

func newPublish(c *cli) *cobra.Command {
	var cycleText string
	revision := -1
	cmd := &cobra.Command{
		Use: "publish FILE --cycle CYCLE", Short: "Write a certified year as one file to verify without a node", Args: exactly("FILE"),
		Long: `Write a certified year as one file to verify offline, with "tracker verify FILE" and no
node. It holds what every region signed, the co-signatures with their proofs, the
definitions and the policy. It proves the year to whoever compares its keys with a list of
the regions' keys from elsewhere. Keep it byte for byte. A file name of - is standard output.`,
		Example: "  tracker certify publish tracker-2021-22.json --cycle 2021-22",
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			query := url.Values{}
			if revision >= 0 {
				query.Set("revision", fmt.Sprint(revision))
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), certificationPath(cycle, "/published"), query)
			if err != nil {
				return doing("publish", string(cycle), err)
			}
			return writePublished(c, args[0], r.body)
		},
	}
	cycleFlag(cmd, &cycleText)
	cmd.Flags().IntVar(&revision, "revision", -1, "number of the revision (default: the newest certified one)")
	return cmd
}

func writePublished(c *cli, name string, file json.RawMessage) error {
	if name == "-" {
		_, err := c.out.Write(file)
		return err
	}
	if err := writeNew(name, file); err != nil {
		return err
	}
	c.say("%s has %s bytes. Whoever has the regions' keys can check it, without a node: tracker verify %s --peers peers.json", name, groupDigits(int64(len(file))), name)
	return nil
}
