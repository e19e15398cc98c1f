package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxAuditWords bounds one text of an entry, in bytes.
const maxAuditWords = 1000

// door is the way by which a noun changes the registry. Each of its methods by
// which a person changes something hands the outcome to a command that door has
// begun, and the command leaves one entry in this node's own audit log.
type door struct {
	registry *registry.Registry
	audit    auditor
}

// asked begins a command. Words are why, or what something was changed to.
func (d door) asked(request survey.Request, action, object, words string) command {
	return command{d.audit, request, action, object, words}
}

// auditor writes this node's own audit log. The registry keeps its commands
// durably by itself, so their entries are queued and wait for no second disk.
type auditor struct {
	keep  func(context.Context, store.AuditEntry) error // returns once the entry is durable
	queue func(context.Context, store.AuditEntry) error // returns before it is
	fail  func(store.AuditEntry, error)                 // the log cannot be written
}

// add keeps the entry of an event that is no command to the registry.
func (a auditor) add(e store.AuditEntry) {
	// The entry is kept even if the caller has gone. A log that cannot be written
	// undoes nothing that the regions agreed on.
	if err := a.keep(context.Background(), e); err != nil {
		a.fail(e, err)
	}
}

// command is one thing that a person asked for, as the audit log names it.
type command struct {
	audit   auditor
	request survey.Request
	action  string
	object  string
	words   string
}

// decided notes the outcome of one decision. It returns a refusal as an error.
func (c command) decided(outcome survey.Outcome, err error) (survey.Outcome, error) {
	c.note(outcomeWords(outcome, err))
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	return outcome, err
}

// decidedEach notes the outcomes of a list in one entry: the counts and the range
// of numbers. A refusal of an item stays in its outcome.
func (c command) decidedEach(outcomes []survey.Outcome, err error) ([]survey.Outcome, error) {
	if len(outcomes) == 1 {
		c.note(outcomeWords(outcomes[0], err))
	} else {
		c.note(listWords(outcomes, err))
	}
	return outcomes, err
}

// recorded notes the error of a change to the region's own records, which audit
// by themselves, in the transaction of the change, whatever they accept.
func (c command) recorded(err error) error {
	if err != nil {
		c.audit.add(c.entry(outcomeWords(survey.Outcome{}, err)))
	}
	return err
}

// note queues the entry of a command to the registry.
func (c command) note(outcome string) {
	e := c.entry(outcome)
	if err := c.audit.queue(context.Background(), e); err != nil {
		c.audit.fail(e, err)
	}
}

func (c command) entry(outcome string) store.AuditEntry {
	if c.request.For != "" {
		outcome += ", for " + string(c.request.For)
	}
	if c.words != "" {
		outcome += ": " + c.words
	}

	return store.AuditEntry{Actor: c.request.Actor, Action: clip(c.action, maxAuditWords),
		Object: clip(c.object, maxAuditWords), Outcome: clip(outcome, maxAuditWords)}
}

// outcomeWords says in words how one command ended.
func outcomeWords(outcome survey.Outcome, err error) string {
	var refusal *survey.Refusal
	if errors.As(err, &refusal) {
		outcome.Refusal, err = refusal, nil
	}
	if err != nil {
		return failedWords(err)
	}

	words := outcomeKind(outcome)
	if outcome.Number != 0 {
		words += fmt.Sprintf(", number %d", outcome.Number)
	}
	return words
}

// outcomeKind returns the status of an outcome, or the code of its refusal.
func outcomeKind(outcome survey.Outcome) string {
	if outcome.Refusal != nil {
		return "refused: " + string(outcome.Refusal.Code)
	}
	return string(outcome.Status)
}

// listWords counts the outcomes of a list by their kind.
func listWords(outcomes []survey.Outcome, err error) string {
	if err != nil {
		return failedWords(err)
	}

	counts := map[string]int{}
	var numbers []uint64
	for _, o := range outcomes {
		counts[outcomeKind(o)]++
		if o.Number != 0 {
			numbers = append(numbers, o.Number)
		}
	}

	words := []string{fmt.Sprintf("%d items", len(outcomes))}
	for kind, n := range counts {
		words = append(words, fmt.Sprintf("%d %s", n, kind))
	}
	slices.Sort(words[1:])

	if len(numbers) > 0 {
		words = append(words, fmt.Sprintf("numbers %d to %d", slices.Min(numbers), slices.Max(numbers)))
	}
	return strings.Join(words, ", ")
}

// failedWords names the kind of an error. The error's text stays out of the log: it may repeat the
// request.
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
