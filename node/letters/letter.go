package letters

import "github.com/ahsn-network/tracker/store/survey"

// Letter is a letter to one company.
type Letter struct {
	Organisation survey.Identifier
	To           string // one e-mail address
	Subject      string
	Body         string // plain text
}

// State is the outcome of a letter.
type State string

// Outcomes of a letter.
const (
	// Sent: the mail server has accepted it.
	Sent State = "sent"
	// Refused: the mail server will never accept it, for the reason given.
	Refused State = "refused"
	// Failed: it was not sent. It can be sent again.
	Failed State = "failed"
	// Unknown: the connection broke while the letter was sent. It may arrive.
	Unknown State = "unknown"
)

// Delivery is the outcome of a letter, in words that people understand.
type Delivery struct {
	To     string `json:"to"`
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
}
