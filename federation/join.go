package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// How often a newcomer asks, and how long it waits in between.
const (
	doorTries = 5
	doorPause = 2 * time.Second
)

// joinVersion is of joinRequest and joinAnswer.
const joinVersion = 1

// maxAddress bounds a node's address, in bytes.
const maxAddress = 255

// joinRequest is a newcomer's request. The handshake has proved its key.
type joinRequest struct {
	Version   int           `json:"version"`
	Secret    []byte        `json:"secret"`
	Region    survey.Region `json:"region"`
	Address   string        `json:"address"`
	Signature []byte        `json:"signature"`
	Clock     int64         `json:"clock"` // milliseconds since 1970
}

// joinAnswer is the sponsor's answer.
type joinAnswer struct {
	Version    int                   `json:"version"`
	Federation identity.FederationID `json:"federation_id"`
	Policy     string                `json:"policy"`
	Members    []survey.Member       `json:"members"`
}

// Joining is a new node's way into a federation.
type Joining struct {
	Dir     string // where the peers file goes
	Key     *identity.Key
	Region  survey.Region // optional: the region that the invitation must be for
	Address string        // host:port under which the other nodes will reach this one
	Invite  identity.Invite
	// Dial connects to the sponsor; the default is link.DialJoin.
	Dial func(ctx context.Context, address string) (net.Conn, error)
}

// Join shows the invitation to the sponsor, is admitted once and for all nodes, and writes the
// peers file. Asking again with the same key and invitation is safe, whatever happened to the first
// answer. It returns a *survey.Refusal if the federation does not let the node in, link.ErrWrongKey
// if another node than the sponsor answers, and an error wrapping survey.ErrUnknownOutcome if the
// sponsor's answer was lost.
func Join(ctx context.Context, j Joining) (Peers, error) {
	region := survey.Region(j.Invite.Region)
	if j.Region != "" && j.Region != region {
		return Peers{}, survey.Refuse(survey.RefusedInviteRegion, "the invitation is for %s, not for %s", region, j.Region)
	}
	if _, err := LoadPeers(j.Dir); err == nil {
		return Peers{}, fmt.Errorf("join: %w: the node in %s belongs to a federation already", survey.ErrInvalid, j.Dir)
	}

	if j.Dial == nil {
		j.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			return link.DialJoin(ctx, j.Key, j.Invite.Federation, address, j.Invite.Sponsor)
		}
	}

	answer, err := j.ask(ctx, region)
	if err != nil {
		return Peers{}, fmt.Errorf("join as %s: %w", region, err)
	}

	peers := Peers{Federation: answer.Federation, Policy: answer.Policy, Members: answer.Members}
	known := newRoster(peers.Members)
	self, ok := known.MemberByKey(j.Key.Public())
	if !ok || self.Region != region || peers.Federation != j.Invite.Federation {
		return Peers{}, fmt.Errorf("join as %s: the sponsor's roster does not have this node", region)
	}

	if err := peers.Save(j.Dir); err != nil {
		return Peers{}, fmt.Errorf("join as %s: %w", region, err)
	}
	return peers, nil
}

// ask tries the sponsor's addresses in turn.
func (j *Joining) ask(ctx context.Context, region survey.Region) (joinAnswer, error) {
	var answer joinAnswer
	m := survey.Member{Region: region, Key: j.Key.Public(), Address: j.Address}
	var failed error
	for _, address := range j.Invite.Addresses {
		text, err := json.Marshal(joinRequest{
			Version: joinVersion, Secret: j.Invite.Secret[:], Region: region, Address: j.Address,
			Signature: state.SignJoin(j.Key, j.Invite.Federation, j.Invite.Hash(), m), Clock: time.Now().UnixMilli(),
		})
		if err != nil {
			return answer, err
		}

		reply, err := j.askOne(ctx, address, text)
		var refusal *link.CallError
		switch {
		case err == nil:
			if err := json.Unmarshal(reply, &answer); err != nil {
				return answer, fmt.Errorf("read the sponsor's answer: %w", err)
			}
			return answer, nil
		case errors.As(err, &refusal) && refusal.Code == link.CodeInternal:
			return answer, fmt.Errorf("%w: %s; ask again with the same invitation", survey.ErrUnknownOutcome,
				refusal.Message)
		case errors.As(err, &refusal):
			return answer, &survey.Refusal{Code: survey.RefusalCode(refusal.Code), Detail: refusal.Message}
		case errors.Is(err, link.ErrInterrupted):
			err = fmt.Errorf("%w; ask again with the same invitation: %w", survey.ErrUnknownOutcome, err)
		}
		failed = errors.Join(failed, err)
	}
	return answer, failed
}

// askOne asks at one address. A sponsor that takes no newcomers at the moment may have just made
// the invitation, or may have too many waiting: it is asked again for a while.
func (j *Joining) askOne(ctx context.Context, address string, request []byte) ([]byte, error) {
	conn, err := j.Dial(ctx, address)
	for range doorTries - 1 {
		if !errors.Is(err, link.ErrRefused) || errors.Is(err, link.ErrWrongKey) || !notifier.Pause(ctx, doorPause) {
			break
		}
		conn, err = j.Dial(ctx, address)
	}

	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return link.AskToJoin(ctx, conn, request)
}
