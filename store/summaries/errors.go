package summaries

import "errors"

// Sentinels of this room besides those of the file. Test with errors.Is.
var (
	// ErrStale: a newer version is held already. Nothing was changed.
	ErrStale = errors.New("a newer version is held")
	// ErrEquivocation: the version is held with other bytes. Nothing was
	// changed; both are kept as evidence.
	ErrEquivocation = errors.New("the same version with other bytes")
)
