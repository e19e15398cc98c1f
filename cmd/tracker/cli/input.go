package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"
)

// UntilInputEnds gives a verb the hidden flag --until-stdin-closes, for
// programs that start it: it then ends with them, however they end. The
// function that comes back makes the verb's context.
func (c *Invocation) UntilInputEnds(cmd *cobra.Command) func(context.Context) (context.Context, context.CancelFunc) {
	var wanted bool
	cmd.Flags().BoolVar(&wanted, "until-stdin-closes", false, "stop when standard input ends: for a program that starts nodes")
	_ = cmd.Flags().MarkHidden("until-stdin-closes")
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, stop := context.WithCancel(ctx)
		if wanted {
			go func() { // ends with the process at the latest
				_, _ = io.Copy(io.Discard, c.In)
				stop()
			}()
		}
		return ctx, stop
	}
}
