package federation

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// Hello lets a test greet a node as another instance of a member's key.
func (f *Federation) Hello(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	return f.hello(ctx, peer, request)
}
