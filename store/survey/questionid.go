package survey

import "strings"

// QuestionOf returns the question of a field: the field itself, or the question before the part, as
// in q07.equity and otv.lep.trl.
func QuestionOf(field string) QuestionID {
	first, rest, parted := strings.Cut(field, ".")
	if !parted {
		return QuestionID(first)
	}

	// The name of a region's own question has a point in it.
	name, _, _ := strings.Cut(rest, ".")
	if own := QuestionID(first + "." + name); own.Own() {
		return own
	}
	return QuestionID(first)
}
