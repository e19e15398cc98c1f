package survey

import (
	"slices"
	"time"
)

// Sharing is a company's reply to the question whether the AHSNs that supported it may see its
// answers. It is a field of the response and not an answer: it counts nowhere.
type Sharing string

const (
	SharingUnasked Sharing = ""        // nobody may see them
	SharingAllowed Sharing = "allowed" // the AHSNs named at q02 may
	SharingRefused Sharing = "refused"
)

// SharingQuestion is how forms and sheets ask for it.
const SharingQuestion = "May the AHSNs that supported you see these answers?"

// ParseSharing reads the code, or yes and no as forms and sheets have them.
func ParseSharing(text string) (Sharing, bool) {
	switch text {
	case "", "allowed", "refused":
		return Sharing(text), true
	case "yes":
		return SharingAllowed, true
	case "no":
		return SharingRefused, true
	}
	return "", false
}

// Supporters returns the regions that the company named as having supported
// it, in the order of the options.
func (a Answers) Supporters() []Region {
	var named []Region
	for _, code := range a.Of("q02").Codes {
		if region, err := ParseRegion(code); err == nil {
			named = append(named, region)
		}
	}
	return named
}

// Allows reports whether the company allowed the region, by name, to see these
// answers.
func (s Sharing) Allows(region Region, answers Answers) bool {
	return s == SharingAllowed && slices.Contains(answers.Supporters(), region)
}

// SharedResponse is a copy of a company's answers that another region shared with the company's
// consent. It counts nowhere. RevokedAt is the time at which the sharing was taken back: the
// answers are gone then, and only this mark is left.
type SharedResponse struct {
	Cycle        Cycle      `json:"cycle"`
	Organisation Identifier `json:"organisation"`
	From         Region     `json:"from"`
	Version      uint64     `json:"version"`
	ReceivedAt   time.Time  `json:"received_at"`
	RevokedAt    time.Time  `json:"revoked_at,omitzero"`
	Answers      *Answers   `json:"answers,omitempty"`
	Unreadable   bool       `json:"unreadable,omitempty"` // sealed to an earlier key of this node; asked for again
}
