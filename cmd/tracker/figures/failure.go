package figures

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/node/api"
)

// doing says what was asked for about something, unless the node's own words name
// it already: nobody wants to read a cycle twice.
func doing(what, about string, err error) error {
	var problem *api.ProblemError
	if errors.As(err, &problem) && strings.Contains(problem.Problem.Detail, about) {
		return err
	}
	return fmt.Errorf("%s %s: %w", what, about, err)
}
