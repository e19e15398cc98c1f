package raftlog

import (
	"os"

	"golang.org/x/sys/unix"
)

// datasync returns when the file's bytes are on disk. It does not wait for the file's times, which
// spares the file system's journal.
func datasync(file *os.File) error {
	for {
		if err := unix.Fdatasync(int(file.Fd())); err != unix.EINTR { //nolint:errorlint // an errno
			return err
		}
	}
}
