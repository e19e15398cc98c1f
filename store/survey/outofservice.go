package survey

import "errors"

// ErrOutOfService: this node found that its copy of the registry differs from the other regions'.
// It answers nothing from it until it has been made anew. Nothing was recorded.
var ErrOutOfService = errors.New("this node's copy of the registry differs from the other regions': " +
	"it is out of service until it is made anew (tracker rejoin)")
