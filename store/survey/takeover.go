package survey

// Takeover lists the parts of a company's file that its new holder received from the former one:
// the answers given so far in the campaign or a draft that was not sent, and last year's answers,
// each only as far as the company allowed it. Contacts is always 0: no company is asked whether its
// contacts may be passed on, so they stay. With last year's answers the company is on the matched
// panel at the close, unless that gave somebody away; without them its region has changed.
type Takeover struct {
	From     Region `json:"from"`
	Contacts int    `json:"contacts"`
	Answers  bool   `json:"answers"`
	Draft    bool   `json:"draft"`
	Last     bool   `json:"last_year"`
}

// TakeoverOffer is another region's offer of the file of a company that this region holds now.
// LastYear: From surveyed the company in the cycle before, or a third region did, so that the
// answers of that cycle are there. TakenOver: those answers were handed over to this region;
// answers that it may see as a supporting region do not count, and without them the company has
// changed region, as far as the matched panel is concerned. Fetched: the file was taken over once,
// whatever was in it; until then the offer waits for a person.
type TakeoverOffer struct {
	Organisation Identifier `json:"organisation"`
	From         Region     `json:"from"`
	LastYear     bool       `json:"last_year"`
	TakenOver    bool       `json:"taken_over"`
	Fetched      bool       `json:"fetched"`
}

// Waits reports whether nobody has taken it over yet.
func (o TakeoverOffer) Waits() bool { return !o.Fetched && !o.TakenOver }

// HandedOn is a company that this region held before and another one holds now, and that lets To
// see some of this node's knowledge. Fetched: To has taken it over.
type HandedOn struct {
	Organisation Identifier `json:"organisation"`
	To           Region     `json:"to"`
	Fetched      bool       `json:"fetched"`
}

// ChangedRegion reports whether the company is missing from the matched panel because its earlier
// answers were not handed over.
func (o TakeoverOffer) ChangedRegion() bool { return o.LastYear && !o.TakenOver }
