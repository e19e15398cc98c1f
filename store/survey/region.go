package survey

import (
	"slices"
	"strings"
)

// Region is the immutable code of one Academic Health Science Network, for
// example "otv". Names change (all fifteen were reviewed in October 2023);
// codes never do.
type Region string

// RegionName is one name of a region and the first and last day on which it
// was in use, as YYYY-MM-DD. To is empty for the current name.
type RegionName struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to,omitempty"`
}

// RegionInfo describes one region: its code, its names in order of time, and
// its place (column and row, from 0) in the tile-grid map of England.
type RegionInfo struct {
	Region Region
	Names  []RegionName
	Column int
	Row    int
}

const (
	networkFounded = "2013-05-01" // first licence of the AHSNs
	lastAHSNDay    = "2023-09-30"
	firstHINDay    = "2023-10-01" // renamed Health Innovation Networks
)

func renamed(code Region, before, after string, column, row int) RegionInfo {
	return RegionInfo{Region: code, Column: column, Row: row, Names: []RegionName{
		{Name: before, From: networkFounded, To: lastAHSNDay},
		{Name: after, From: firstHINDay},
	}}
}

func unchanged(code Region, name string, column, row int) RegionInfo {
	return RegionInfo{Region: code, Column: column, Row: row, Names: []RegionName{
		{Name: name, From: networkFounded},
	}}
}

// regions is the licence's list. "hin" is never a code: it meant South London
// until September 2023 and the national body after.
var regions = []RegionInfo{
	renamed("nenc", "North East and North Cumbria AHSN", "Health Innovation North East and North Cumbria", 2, 0),
	renamed("nwc", "Innovation Agency (North West Coast AHSN)", "Health Innovation North West Coast", 0, 1),
	unchanged("gm", "Health Innovation Manchester", 1, 1),
	renamed("yh", "Yorkshire & Humber AHSN", "Health Innovation Yorkshire & Humber", 2, 1),
	renamed("em", "East Midlands AHSN", "Health Innovation East Midlands", 2, 2),
	renamed("wm", "West Midlands AHSN", "Health Innovation West Midlands", 1, 2),
	renamed("east", "Eastern AHSN", "Health Innovation East", 3, 2),
	unchanged("uclp", "UCLPartners", 3, 3),
	unchanged("ichp", "Imperial College Health Partners", 2, 3),
	renamed("sl", "Health Innovation Network (South London)", "Health Innovation Network South London", 2, 4),
	renamed("kss", "Kent Surrey Sussex AHSN", "Health Innovation Kent Surrey Sussex", 3, 4),
	renamed("otv", "Oxford AHSN", "Health Innovation Oxford & Thames Valley", 1, 3),
	renamed("wessex", "Wessex AHSN", "Health Innovation Wessex", 1, 4),
	renamed("we", "West of England AHSN", "Health Innovation West of England", 0, 3),
	renamed("sw", "South West AHSN", "Health Innovation South West", 0, 4),
}

// Regions returns the licensed regions, north to south as the Network lists
// them. The slice is the caller's own. Layouts and quorums take the count from
// the roster, never from this list: fifteen is a licence number.
func Regions() []RegionInfo {
	return mapped(regions, func(r RegionInfo) RegionInfo {
		r.Names = slices.Clone(r.Names)
		return r
	})
}

// ParseRegion returns the region whose code is s, ignoring case and spaces
// around it. It returns an error that lists the known codes otherwise.
func ParseRegion(s string) (Region, error) {
	want := Region(strings.ToLower(strings.TrimSpace(s)))
	codes := mapped(regions, func(r RegionInfo) Region { return r.Region })
	if slices.Contains(codes, want) {
		return want, nil
	}
	return "", Invalid("unknown region %q: use one of %s", s, List(codes))
}

// Name returns the region's current name, or its code if it is not licensed.
func (r Region) Name() string {
	for _, info := range regions {
		if info.Region == r {
			return info.Names[len(info.Names)-1].Name
		}
	}
	return string(r)
}

// ShortName returns the region's name without the words that all names begin with.
func (r Region) ShortName() string {
	return strings.TrimPrefix(strings.TrimPrefix(r.Name(), "Health Innovation "), "Network ")
}

// NameOn returns the region's name on the day (YYYY-MM-DD), or its code if it
// is not licensed or had no name yet.
func (r Region) NameOn(day string) string {
	for _, info := range regions {
		if info.Region != r {
			continue
		}

		for _, n := range info.Names {
			if n.From <= day && (n.To == "" || day <= n.To) {
				return n.Name
			}
		}
	}
	return string(r)
}
