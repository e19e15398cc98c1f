package survey

// A claim lapses if its holder does nothing with it for the number of days that the regions agreed
// on for the campaign. Without such an agreement no claim lapses.
const (
	// ProposeCampaignLapse sets that number; LapseDays 0 turns it off.
	ProposeCampaignLapse ProposalKind = "campaign-lapse"

	// ActionLapse frees a claim whose time is over, or ends an offer that nobody
	// answered. Any region may note it; people never do.
	ActionLapse ClaimAction = "lapse"

	// ReasonLapsed is the reason of a claim that lapsed. Nobody gives it.
	ReasonLapsed ReasonCode = "lapsed"

	// MaxLapseDays is the longest term.
	MaxLapseDays = 366
)
