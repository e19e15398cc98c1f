//go:build unix

package node

import (
	"syscall"

	"github.com/ahsn-network/tracker/federation"
)

// filesLeast is how many files and connections a node must be able to have
// open: some for each other region, and for people.
const filesLeast = 4096

// examineLimit looks how many files this process may open.
func examineLimit() federation.Finding {
	const check = "file limit"
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return federation.Ill(check, "see getrlimit(2)", "it cannot be read: %v", err)
	}
	if limit.Cur < filesLeast {
		return federation.Ill(check, "LimitNOFILE=65536 in the systemd unit, or \"ulimit -n 65536\" before the start",
			"%d files may be open, %d are needed", limit.Cur, filesLeast)
	}
	return federation.Well(check, "%d files may be open", limit.Cur)
}

// examineDisk looks how much room there is.
func examineDisk(dir string) federation.Finding {
	const check = "disk space"
	var of syscall.Statfs_t
	if err := syscall.Statfs(dir, &of); err != nil {
		return federation.Ill(check, "name the right directory with --dir", "it cannot be read: %v", err)
	}
	free := uint64(of.Bavail) * uint64(of.Bsize)
	if free < freeLeast {
		return federation.Ill(check, "free some: a node whose disk is full takes no more answers",
			"%d MiB are free, %d MiB are needed", free>>20, freeLeast>>20)
	}
	return federation.Well(check, "%d MiB are free", free>>20)
}
