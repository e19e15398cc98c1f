package federation

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// steps words a probe: a line for each step that was taken.
func (e *Examiner) steps(address string, m *survey.Member, found link.Probed) []Finding {
	var findings []Finding
	for _, step := range link.Steps() {
		if step == found.Failed {
			return append(findings, e.failed(step, address, m, found))
		}
		findings = append(findings, passed(step, address, found))
	}
	return findings
}

func passed(step link.Step, address string, found link.Probed) Finding {
	switch step {
	case link.StepName:
		return Well("name", "%s is %s", address, strings.Join(found.Addresses, ", "))
	case link.StepTCP:
		return Well("tcp", "%s accepts connections", address)
	case link.StepTLS:
		return Well("tls", "it speaks %s and the federation's protocol", tls.VersionName(found.Version))
	case link.StepKey:
		return Well("key", "it has the roster's key, node id %s", identity.NodeID(found.Key))
	}
	return Well("accepted", "it took this node in, after %s", found.Took.Round(time.Millisecond))
}

// failed names the fault and the remedy.
func (e *Examiner) failed(step link.Step, address string, m *survey.Member, found link.Probed) Finding {
	who := "the node"
	if m != nil {
		who = "the node of " + string(m.Region)
	}

	var notTLS tls.RecordHeaderError
	switch {
	case step == link.StepName:
		return Ill("name", "ask who runs the name servers of this machine, and whether the name is right",
			"%s does not resolve: %v", address, found.Err)
	case step == link.StepTCP && errors.Is(found.Err, syscall.ECONNREFUSED):
		return Ill("tcp", "ask its administrators whether it runs and on which port it listens",
			"nothing listens at %s", address)
	case step == link.StepTCP:
		return Ill("tcp", "let TCP out to it at this side's firewall, and in at the other's",
			"%s cannot be reached: %v", address, found.Err)
	case step == link.StepKey:
		return e.wrongKey(address, m, found)
	case step == link.StepAccept:
		return Ill("accepted", "ask its administrators: its log says why",
			"%s at %s ends the connection once it has seen this node's key: %v", who, address, found.Err)
	case errors.As(found.Err, &notTLS):
		return Ill("tls", "check the port: node_listen of the other node",
			"what listens at %s speaks no TLS: it is no node port", address)
	case found.Version != 0 && found.Version < tls.VersionTLS13:
		return Ill("tls", "find out what stands in between: nodes speak TLS 1.3", "what answers at %s speaks %s",
			address, tls.VersionName(found.Version))
	}
	return Ill("tls",
		"is it the node port, of the same federation, and does no firewall inspect it? The log there says more",
		"no TLS with %s at %s: %v", who, address, found.Err)
}

// wrongKey names the owner of the key that answers instead: another member, another node, or a
// device that opens TLS on the way.
func (e *Examiner) wrongKey(address string, m *survey.Member, found link.Probed) Finding {
	expected := "no key of the roster"
	if m != nil {
		expected = "node id " + identity.NodeID(m.Key)
	}

	if found.Key == nil {
		return Ill("key",
			fmt.Sprintf("have %s taken out of TLS inspection: node connections cannot be opened on the way", address),
			"a TLS-inspecting proxy stands in between: at %s answers a certificate issued by %q, SHA-256 %s, and not %s",
			address, clip(found.Issuer, 120), found.Print, expected)
	}
	if other, ok := e.roster.MemberByKey(found.Key); ok {
		return Ill("key", "one of the two must correct node_advertise", "at %s answers the node of %s, and not %s",
			address, other.Region, expected)
	}
	return Ill("key", "ask its administrators by telephone which node id theirs has now",
		"at %s answers node id %s (SHA-256 of its certificate %s), and not %s",
		address, identity.NodeID(found.Key), found.Print, expected)
}
