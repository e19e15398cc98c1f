package survey

// LicenceOf returns the licence period that the cycle is in: the last one for
// later cycles, the first one for earlier ones. The zero Licence means that
// none is known.
func (p PublishedFigures) LicenceOf(cycle Cycle) Licence {
	var found Licence
	for _, l := range p.Licences {
		if found.Code == "" || l.From <= cycle {
			found = l
		}
	}
	return found
}
