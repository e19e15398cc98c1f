package backup

import "github.com/ahsn-network/tracker/store/disk"

// On returns the options with the backups on that disk.
func (o Options) On(d disk.Disk) Options {
	o.disk = d
	return o
}
