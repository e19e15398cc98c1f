package store

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// recordKey returns "cycle/organisation", so that one cycle's records are next to each other in the
// order of the identifiers.
func recordKey(cycle survey.Cycle, id survey.Identifier) []byte {
	return []byte(string(cycle) + "/" + string(id))
}

// splitRecordKey undoes recordKey.
func splitRecordKey(key []byte) (survey.Cycle, survey.Identifier) {
	cycle, id, _ := strings.Cut(string(key), "/")
	return survey.Cycle(cycle), survey.Identifier(id)
}

// historyPrefix is the common prefix of the keys of one organisation's earlier versions. No
// identifier has a slash in it.
func historyPrefix(cycle survey.Cycle, id survey.Identifier) string {
	return string(cycle) + "/" + string(id) + "/"
}

func historyKey(cycle survey.Cycle, id survey.Identifier, version uint64) []byte {
	return append([]byte(historyPrefix(cycle, id)), boltfile.NumberKey(version)...)
}

// checkKey refuses cycles and identifiers that are not in canonical form.
func checkKey(cycle survey.Cycle, id survey.Identifier) error {
	if parsed, err := survey.ParseCycle(string(cycle)); err != nil {
		return err
	} else if parsed != cycle {
		return fmt.Errorf("%w: cycle %q: write it as %s", survey.ErrInvalid, cycle, parsed)
	}

	if parsed, err := survey.ParseIdentifier(string(id)); err != nil {
		return err
	} else if parsed != id {
		return fmt.Errorf("%w: identifier %q: write it as %s", survey.ErrInvalid, id, parsed)
	}
	return nil
}

// clipID shortens an id that came from outside, for the text of an error.
func clipID(id string) string { return survey.Clip(id, maxTokenName) }
