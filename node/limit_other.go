//go:build !unix

package node

import "github.com/ahsn-network/tracker/federation"

func examineLimit() federation.Finding {
	return federation.Well("file limit", "not looked at on this system")
}

func examineDisk(string) federation.Finding {
	return federation.Well("disk space", "not looked at on this system")
}
