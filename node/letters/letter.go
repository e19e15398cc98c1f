package letters

import "github.com/ahsn-network/tracker/store/survey"

// Letter is what goes to one company.
type Letter struct {
	Organisation survey.Identifier
	To           string // one e-mail address
	Subject      string
	Body         string // plain text
}

// State is what became of a letter.
type State string

// What can become of a letter.
const (
	// Sent: the mail server has taken it.
	Sent State = "sent"
	// Refused: the mail server will never take it; the reason is its own.
	Refused State = "refused"
	// Failed: it did not leave. It can be sent again.
	Failed State = "failed"
	// Unknown: the connection broke when the letter was out. It may arrive.
	Unknown State = "unknown"
)

// Delivery is what became of a letter, in words that people understand.
type Delivery struct {
	To     string `json:"to"`
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
}
