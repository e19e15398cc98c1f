package api_test

import (
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// campaigning knows one open campaign and one that is closed.
type campaigning struct{ *fakeRegistry }

func (campaigning) Campaigns() []survey.Campaign {
	return []survey.Campaign{{Cycle: "2021-22", State: survey.CampaignClosed}, {Cycle: "2022-23", State: survey.CampaignOpen}}
}

func TestTheStatusOffersWhatCanBeTakenOver(t *testing.T) {
	h := openWith(t, &fakeRegistry{}, &fakeRooms{}, func(o *api.Options) { o.Campaigns = campaigning{&fakeRegistry{}} })
	a := ask(t, h, "viewer", "GET", api.Prefix+"/status", "")
	want(t, a, 200)
	if !strings.Contains(string(a.text), `"take_overs":{"incoming":[{"cycle":"2022-23","region":"sw","companies":2,"last_year":1}],"outgoing":[{"cycle":"2022-23","region":"gm","companies":1}]}`) {
		t.Errorf("%s", a.text)
	}
	if a := ask(t, h, "adviser", "GET", api.Prefix+"/campaigns/2022-23/handed-on", ""); !strings.Contains(string(a.text), `"to":"gm","fetched":false`) {
		t.Errorf("%s", a.text)
	}
}
