package survey

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Cycle is the April-to-March year that a campaign reports on, as "2019-20".
// It is never derived from a clock: the survey runs in the following year.
type Cycle string

var cycleForms = []*regexp.Regexp{
	regexp.MustCompile(`^(\d{4})\s*[-/–]\s*(\d{4})$`), // 2019/2020
	regexp.MustCompile(`^(\d{4})\s*[-/–]\s*(\d{2})$`), // 2019/20, 2019-20
	regexp.MustCompile(`^(\d{2})\s*[-/–]\s*(\d{2})$`), // 19-20
}

// The first AHSN licence began in 2013; nobody plans past 2099.
const (
	firstCycleYear = 2013
	lastCycleYear  = 2098
)

// ParseCycle reads the usual spellings: 2019-20, 2019/20, 2019/2020, 20-21.
// It returns an error wrapping ErrInvalid for anything else, for years that do
// not follow each other, and for cycles before 2013-14.
func ParseCycle(s string) (Cycle, error) {
	text := strings.TrimSpace(s)
	for _, form := range cycleForms {
		m := form.FindStringSubmatch(text)
		if m == nil {
			continue
		}

		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		// Nobody means another century by two digits.
		if len(m[1]) == 2 {
			from += 2000
		}
		if len(m[2]) == 2 {
			to += from / 100 * 100
		}

		if to != from+1 {
			return "", Invalid("cycle %q: %d does not follow %d", s, to, from)
		}
		if from < firstCycleYear || from > lastCycleYear {
			return "", Invalid("cycle %q: the first cycle is 2013-14, the last 2098-99", s)
		}
		return newCycle(from), nil
	}
	return "", Invalid("cycle %q: write it as 2019-20", s)
}

func newCycle(from int) Cycle {
	return Cycle(fmt.Sprintf("%04d-%02d", from, (from+1)%100))
}

// FirstYear returns the calendar year in which the cycle begins on 1 April,
// 0 for a cycle that ParseCycle did not make.
func (c Cycle) FirstYear() int {
	if len(c) < 4 {
		return 0
	}
	year, _ := strconv.Atoi(string(c[:4]))
	return year
}

// Previous returns the cycle before c.
func (c Cycle) Previous() Cycle { return newCycle(c.FirstYear() - 1) }

// Next returns the cycle after c.
func (c Cycle) Next() Cycle { return newCycle(c.FirstYear() + 1) }

// Begins returns the first day reported on, as YYYY-MM-DD.
func (c Cycle) Begins() string { return fmt.Sprintf("%04d-04-01", c.FirstYear()) }

// Ends returns the last day reported on, as YYYY-MM-DD.
func (c Cycle) Ends() string { return fmt.Sprintf("%04d-03-31", c.FirstYear()+1) }
