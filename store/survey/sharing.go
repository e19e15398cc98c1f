package survey

// Sharing is what a company said of its own answers when it was asked whether
// the AHSNs that supported it may see them. It is a field of the response and
// no answer: it counts nowhere.
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
