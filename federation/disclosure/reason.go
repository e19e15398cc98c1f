package disclosure

// Reason is the code of the reason why a figure, or a part of it, is not shown. It is empty if the
// figure is shown.
type Reason string

const (
	Waiting      Reason = "waiting"       // for more answers
	Few          Reason = "few"           // fewer companies than the minimum
	Dominated    Reason = "dominated"     // one company is most of it
	Complement   Reason = "complement"    // another hidden figure could be computed from it
	NotCollected Reason = "not-collected" // nobody was asked
	Missing      Reason = "missing"       // no summary of the region is known
)

// texts are the reasons in words.
var texts = map[Reason]string{
	Waiting:      "answers are held back until there are more",
	Few:          "too few companies: hidden to protect them",
	Dominated:    "one company is most of it: hidden to protect it",
	Complement:   "hidden so that another hidden figure cannot be computed from it",
	NotCollected: "not collected",
	Missing:      "nothing has been heard of this region's figures",
}

// Text returns the reason in words.
func (r Reason) Text() string { return texts[r] }
