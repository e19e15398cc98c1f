//go:build unix

package store

import "golang.org/x/sys/unix"

// freeBytes returns how many bytes an ordinary process may still write on the disk.
func freeBytes(dir string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, err
	}
	return int64(uint64(stat.Bavail) * uint64(stat.Bsize)), nil
}
