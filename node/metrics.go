package node

import (
	"github.com/prometheus/client_golang/prometheus"
)

// collector reads the node's own state when it is asked: nothing is counted
// twice, and nothing grows while nobody asks.
type collector struct {
	node   *Node
	gauges map[string]*prometheus.Desc
}

// gaugeHelp names every gauge and says what it measures.
var gaugeHelp = map[string]string{
	"tracker_registry_number":      "Registry's own number of the last change applied on this node.",
	"tracker_registry_age_seconds": "Time since the leader was last heard, -1 when unknown.",
	"tracker_registry_is_leader":   "1 when this node leads the registry.",
	"tracker_voters":               "Voters in the roster.",
	"tracker_voters_reachable":     "Voters that this node believes it can reach, itself included.",
	"tracker_voters_needed":        "Voters that are needed to bind the nation.",
	"tracker_outbox_pending":       "Pieces of work that wait to be told to the registry.",
	"tracker_records_cursor":       "Registry's number of the last change that the records have seen.",
	"tracker_summaries_held":       "Signed summaries of all regions and cycles kept on this node.",
	"tracker_summaries_wanted":     "Newer summaries that are known of and not fetched yet.",
	"tracker_totals_alarms":        "Alarms of the exchange of summaries.",
}

func newCollector(n *Node) *collector {
	c := &collector{node: n, gauges: map[string]*prometheus.Desc{}}
	for name, help := range gaugeHelp {
		c.gauges[name] = prometheus.NewDesc(name, help, nil, prometheus.Labels{"region": string(n.region)})
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range c.gauges {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(metrics chan<- prometheus.Metric) {
	for name, value := range c.values() {
		metrics <- prometheus.MustNewConstMetric(c.gauges[name], prometheus.GaugeValue, value)
	}
}

func (c *collector) values() map[string]float64 {
	raft := c.node.federation.RegistryStatus()
	federation := c.node.federation.FederationStatus()
	totals := c.node.federation.TotalsStatus()
	node := c.node.NodeStatus()

	values := map[string]float64{
		"tracker_registry_number":      float64(raft.Number),
		"tracker_registry_age_seconds": raft.Age.Seconds(),
		"tracker_registry_is_leader":   0,
		"tracker_voters":               float64(federation.Quorum.Voters),
		"tracker_voters_reachable":     float64(federation.Quorum.Reachable),
		"tracker_voters_needed":        float64(federation.Quorum.Needed),
		"tracker_outbox_pending":       float64(node.Outbox.Pending),
		"tracker_records_cursor":       float64(node.Cursor),
		"tracker_summaries_held":       float64(totals.Held),
		"tracker_summaries_wanted":     float64(totals.Wanted),
		"tracker_totals_alarms":        0,
	}

	if raft.Age < 0 {
		values["tracker_registry_age_seconds"] = -1
	}
	if raft.Leader == c.node.region {
		values["tracker_registry_is_leader"] = 1
	}

	for _, problem := range totals.Problems {
		if problem.Alarm {
			values["tracker_totals_alarms"]++
		}
	}
	return values
}
