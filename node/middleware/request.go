package middleware

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// RequestID names a command for the registry, so that the same request sent
// twice has one outcome. The parts are what makes it the same: who asks comes
// first, so that nobody gets another's outcome by choosing the same key. Kind
// keeps the surfaces apart.
func RequestID(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(kind + "\n" + strings.Join(parts, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Clip shortens text that a log line or an answer repeats to max characters.
func Clip(text string, max int) string {
	runes := []rune(text)
	if len(runes) <= max {
		return text
	}
	return string(runes[:max]) + "…"
}
