package survey

import "strings"

// Listed returns the codes as a message names them: "gm, otv".
func Listed[T ~string](codes []T) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = string(code)
	}
	return strings.Join(words, ", ")
}
