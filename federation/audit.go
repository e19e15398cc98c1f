package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxAuditWords bounds one text of an entry, in bytes.
const maxAuditWords = 1000

// command is one thing that a person asked for, as the audit log names it.
// Words are why, or what it was changed to.
type command struct {
	request survey.Request
	action  string
	object  string
	words   string
}

// auditor keeps one entry in this node's own audit log for each command,
// whatever came of it. Every method by which a person changes something goes
// through one of its first three. What the registry keeps durably by itself is
// queued: it waits for no second disk.
type auditor struct {
	keep  func(context.Context, store.AuditEntry) error // returns once the entry is durable
	queue func(context.Context, store.AuditEntry) error // returns before it is
	fail  func(store.AuditEntry, error)                 // the log cannot be written
}

// decide carries one decision out and returns a refusal as an error.
func (a auditor) decide(ctx context.Context, c command, write func() (survey.Outcome, error)) (survey.Outcome, error) {
	return a.decideAbout(ctx, &c, write)
}

// decideAbout is decide for what finds out only while it writes what it is about.
func (a auditor) decideAbout(
	ctx context.Context, c *command, write func() (survey.Outcome, error),
) (survey.Outcome, error) {
	outcome, err := write()
	a.note(ctx, a.queue, *c, outcomeWords(outcome, err))
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	return outcome, err
}

// decideEach carries a list out: one entry with the counts and the range of
// numbers. Refusals of single items stay in their outcomes.
func (a auditor) decideEach(
	ctx context.Context, c command, write func() ([]survey.Outcome, error),
) ([]survey.Outcome, error) {
	outcomes, err := write()
	if len(outcomes) == 1 {
		a.note(ctx, a.queue, c, outcomeWords(outcomes[0], err))
	} else {
		a.note(ctx, a.queue, c, listWords(outcomes, err))
	}
	return outcomes, err
}

// record carries out what the region's own records audit by themselves, in the
// transaction of the change. Only what they refuse needs an entry here.
func (a auditor) record(ctx context.Context, c command, write func() error) error {
	err := write()
	if err != nil {
		a.note(ctx, a.keep, c, outcomeWords(survey.Outcome{}, err))
	}
	return err
}

// note adds the entry of a command to the log.
func (a auditor) note(
	ctx context.Context, keep func(context.Context, store.AuditEntry) error, c command, outcome string,
) {
	if c.request.For != "" {
		outcome += ", for " + string(c.request.For)
	}
	if c.words != "" {
		outcome += ": " + c.words
	}
	a.write(ctx, keep, store.AuditEntry{Actor: c.request.Actor,
		Action: clipWords(c.action), Object: clipWords(c.object), Outcome: clipWords(outcome)})
}

// clipWords bounds what the log would not take.
func clipWords(s string) string {
	if len(s) > maxAuditWords {
		s = strings.ToValidUTF8(s[:maxAuditWords], "")
	}
	return s
}

// add keeps the entry of what is no command to the registry.
func (a auditor) add(ctx context.Context, e store.AuditEntry) { a.write(ctx, a.keep, e) }

// write keeps an entry, also when the caller has gone. A log that cannot be
// written is told, but undoes nothing that the regions agreed on.
func (a auditor) write(
	ctx context.Context, keep func(context.Context, store.AuditEntry) error, e store.AuditEntry,
) {
	if err := keep(context.WithoutCancel(ctx), e); err != nil {
		a.fail(e, err)
	}
}

// outcomeWords says what became of one command.
func outcomeWords(outcome survey.Outcome, err error) string {
	var refusal *survey.Refusal
	if errors.As(err, &refusal) {
		outcome.Refusal, err = refusal, nil
	}
	var words string
	switch {
	case err != nil:
		return failedWords(err)
	case outcome.Refusal != nil:
		words = "refused: " + string(outcome.Refusal.Code)
	default:
		words = string(outcome.Status)
	}
	if outcome.Number != 0 {
		words += fmt.Sprintf(", number %d", outcome.Number)
	}
	return words
}

// listWords counts what became of a list, by status and by the reason of what
// was refused.
func listWords(outcomes []survey.Outcome, err error) string {
	if err != nil {
		return failedWords(err)
	}
	counts := map[string]int{}
	var first, last uint64
	for _, o := range outcomes {
		kind := string(o.Status)
		if o.Refusal != nil {
			kind = "refused: " + string(o.Refusal.Code)
		}
		counts[kind]++
		if o.Number != 0 {
			if first == 0 {
				first = o.Number
			}
			first, last = min(first, o.Number), max(last, o.Number)
		}
	}

	words := []string{fmt.Sprintf("%d items", len(outcomes))}
	for kind, n := range counts {
		words = append(words, fmt.Sprintf("%d %s", n, kind))
	}
	slices.Sort(words[1:])
	if last != 0 {
		words = append(words, fmt.Sprintf("numbers %d to %d", first, last))
	}
	return strings.Join(words, ", ")
}

// failedWords names the kind of an error. Its text stays out of the log: it may
// repeat what was sent.
func failedWords(err error) string {
	for _, known := range []error{
		survey.ErrInvalid, survey.ErrNotFound, survey.ErrNoQuorum, survey.ErrUnknownOutcome, survey.ErrStorageFull,
	} {
		if errors.Is(err, known) {
			return "failed: " + known.Error()
		}
	}
	var faulty *survey.FaultyAnswers
	if errors.As(err, &faulty) {
		return "failed: " + survey.ErrInvalid.Error()
	}
	return "failed"
}

// about names a company in a campaign as the records' own entries do.
func about(cycle survey.Cycle, id survey.Identifier) string { return string(cycle) + "/" + string(id) }
