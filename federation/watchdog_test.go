package federation

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAHangingDisk(t *testing.T) {
	for _, c := range []struct {
		name   string
		hangs  time.Duration
		err    error
		leads  bool
		hushed int
		fails  error
	}{
		{name: "it answers", leads: true},
		{name: "for a moment", hangs: 2 * time.Second, leads: true},
		{name: "for ten seconds", hangs: 10 * time.Second, leads: true, hushed: 1},
		{name: "for ever", hangs: time.Hour, leads: true, hushed: 1, fails: ErrDiskHangs},
		{name: "it fails", err: errors.New("input/output error"), leads: true, fails: ErrDiskFails},
		{name: "at a follower", hangs: time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				hangs, silent, hushed := c.hangs, false, 0
				var failed error
				w := &watchdog{leads: func() bool { return c.leads }, fail: func(err error) { failed = err },
					sync: func() error {
						time.Sleep(hangs)
						hangs = 0
						return c.err
					},
					hush: func(on bool) {
						if on && !silent {
							hushed++
						}
						silent = on
					}}
				done := make(chan struct{})
				go func() { w.run(ctx); close(done) }()
				time.Sleep(40 * time.Second)
				cancel()
				<-done
				if hushed != c.hushed || !errors.Is(failed, c.fails) || (c.fails == nil) != (failed == nil) {
					t.Errorf("silent %d times, failed: %v", hushed, failed)
				}
				if c.fails == nil && silent {
					t.Error("still silent")
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}
