package survey

// Takeover says what a company's new holder received from the one before: the
// answers given so far in the campaign or what was typed and not sent, and last
// year's, each only as far as the company allowed it. Contacts is always 0: no
// company is asked whether its contacts may be given on, so they stay. With last year's answers the company is on the
// matched panel at the close, unless that gave somebody away; without them its
// region has changed.
type Takeover struct {
	From     Region `json:"from"`
	Contacts int    `json:"contacts"`
	Answers  bool   `json:"answers"`
	Draft    bool   `json:"draft"`
	Last     bool   `json:"last_year"`
}

// TakeoverOffer says that what another region knows of a company, which this
// one holds now, can be taken over. LastYear says that From surveyed it in the
// cycle before, or yet another region did, so that its answers of then are there;
// TakenOver that they are here, handed over: not because the company lets the
// regions that support it see them. Without them the company has changed region,
// as far as the matched panel is concerned. Fetched says that it was taken over
// once, whatever there was; what is offered waits for a person until then.
type TakeoverOffer struct {
	Organisation Identifier `json:"organisation"`
	From         Region     `json:"from"`
	LastYear     bool       `json:"last_year"`
	TakenOver    bool       `json:"taken_over"`
	Fetched      bool       `json:"fetched"`
}

// Waits reports whether nobody has taken it over yet.
func (o TakeoverOffer) Waits() bool { return !o.Fetched && !o.TakenOver }

// HandedOn says that another region holds a company now that this one held
// before, and that the company lets To see something of what this node knows:
// Fetched says that it has.
type HandedOn struct {
	Organisation Identifier `json:"organisation"`
	To           Region     `json:"to"`
	Fetched      bool       `json:"fetched"`
}

// ChangedRegion reports whether the company is missing from the matched panel
// because of that.
func (o TakeoverOffer) ChangedRegion() bool { return o.LastYear && !o.TakenOver }
