package node

import (
	"fmt"
	"path/filepath"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/node/workbook"
	"github.com/ahsn-network/tracker/store/companieshouse"
)

// ImportsDir keeps uploaded lists for a day, beside the records.
const ImportsDir = "imports"

// openDesk opens the service that takes people's lists in.
func (n *Node) openDesk() (*intake.Importer, error) {
	desk, err := intake.Open(intake.Options{
		Dir: filepath.Join(n.options.Config.Dir, ImportsDir), Region: n.region,
		Records: n.records.Imports(), Registry: n.nation(), Editions: n.records.Editions(), Logger: n.options.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("open the imports: %w", err)
	}
	return desk, nil
}

// exporter writes this region's lists.
func (n *Node) exporter() intake.Exporter {
	return intake.Exporter{Region: n.region, Records: n.records, Registry: n.nation(), Editions: n.records.Editions()}
}

// openRegister looks companies up in the copy of the Companies House register
// that "tracker import companies-house" puts into the node's directory, now or
// later.
func (n *Node) openRegister() *companieshouse.Lookup {
	n.register = companieshouse.Open(filepath.Join(n.options.Config.Dir, companieshouse.FileName))
	return n.register
}

// workbook is the national tracker as a sheet.
func (n *Node) workbook() workbook.Workbook {
	return workbook.Workbook{Region: n.region, Registry: n.nation()}
}
