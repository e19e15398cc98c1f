package store

import "errors"

// Sentinels of this room besides those of the file. Test with errors.Is.
var (
	// ErrUnauthenticated: the token is unknown, expired or disabled.
	ErrUnauthenticated = errors.New("the token is not valid")
)
