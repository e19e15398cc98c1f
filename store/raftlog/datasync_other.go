//go:build !linux

package raftlog

import "os"

// datasync returns when the file's bytes are on disk.
func datasync(file *os.File) error { return file.Sync() }
