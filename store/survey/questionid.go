package survey

import "strings"

// QuestionOf returns the question that a field belongs to: itself, or what
// stands before the part, as in q07.equity and otv.lep.trl.
func QuestionOf(field string) QuestionID {
	first, rest, parted := strings.Cut(field, ".")
	if !parted {
		return QuestionID(first)
	}
	name, _, _ := strings.Cut(rest, ".")
	if own := QuestionID(first + "." + name); own.Own() {
		return own
	}
	return QuestionID(first)
}
