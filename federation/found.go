package federation

import (
	"fmt"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Found makes a new federation of one region and writes its peers file into
// dir. Its id is random; the first entry of its registry and every handshake
// carry it. soloSteps lets every region open, change and close campaigns alone,
// for ever: for rehearsals.
func Found(
	dir string, key *identity.Key, region survey.Region, address, policy string, soloSteps bool,
) (Peers, error) {
	founder := survey.Member{Region: region, Key: key.Public(), Address: address,
		Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1}
	peers := Peers{Federation: identity.NewFederationID(), Founder: region, Policy: policy, SoloSteps: soloSteps,
		Members: []survey.Member{founder}}
	if err := peers.Save(dir); err != nil {
		return Peers{}, fmt.Errorf("found a federation: %w", err)
	}
	return peers, nil
}
