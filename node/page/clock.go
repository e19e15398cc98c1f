package page

import (
	"fmt"
	"time"
	_ "time/tzdata" // pages show London's time on machines without the zones
)

// Clock tells the time and shows times as people in England read them: in
// Europe/London, whatever the clock of the node.
type Clock struct {
	Now    func() time.Time
	London *time.Location
}

// NewClock returns a clock for London; now may be nil.
func NewClock(now func() time.Time) (Clock, error) {
	if now == nil {
		now = time.Now
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return Clock{}, fmt.Errorf("find London's time: %w", err)
	}
	return Clock{Now: now, London: london}, nil
}

// When shows the minute.
func (c Clock) When(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(c.London).Format("2 January 2006, 15:04")
}

// Day shows the day.
func (c Clock) Day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(c.London).Format("2 January 2006")
}

// Ago shows how many days ago it was.
func (c Clock) Ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	switch days := c.Days(t); {
	case days <= 0:
		return "today"
	case days == 1:
		return "yesterday"
	default:
		return fmt.Sprintf("%d days ago", days)
	}
}

// Days counts the midnights in London between then and now.
func (c Clock) Days(t time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(c.London).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}

	// The days are compared as dates, since a day of the clock change has not 24 hours.
	return int(midnight(c.Now()).Sub(midnight(t)).Hours() / 24)
}

// Today is the day in London, as YYYY-MM-DD.
func (c Clock) Today() string { return c.Now().In(c.London).Format(time.DateOnly) }
