package middleware

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AddressRules say what an address may be beside [MaxPath] and [MaxQuery].
type AddressRules struct {
	MaxParameters int  // of the query; 0: no bound
	Once          bool // refuse a query parameter that occurs twice
}

// Check refuses paths and queries that two readers could understand
// differently: control characters, dots and empty segments, encoded or not. It
// returns "" for an address in order.
func (rules AddressRules) Check(u *url.URL) Refusal {
	if len(u.EscapedPath()) > MaxPath || len(u.RawQuery) > MaxQuery {
		return AddressTooLong
	}
	if !strings.HasPrefix(u.Path, "/") || Unclean(u.Path, "") {
		return PathCharacters
	}

	// A path may end with a slash, so only its last segment may be empty.
	segments := strings.Split(u.Path[1:], "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		if segment == "." || segment == ".." || segment == "" && !last {
			return PathSegments
		}
	}

	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || rules.MaxParameters > 0 && len(query) > rules.MaxParameters {
		return QueryUnreadable
	}
	for name, values := range query {
		if Unclean(name, "") || Unclean(strings.Join(values, ""), "") {
			return QueryCharacters
		}
		if rules.Once && len(values) > 1 {
			return QueryTwice
		}
	}
	return ""
}

// Unclean reports whether the text is not UTF-8 or holds control characters
// other than the allowed ones.
func Unclean(text, allowed string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool {
		return unicode.IsControl(c) && !strings.ContainsRune(allowed, c)
	})
}
