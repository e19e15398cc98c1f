package cli

import (
	"net/url"
	"testing"
)

func TestClaimPathsKeepTheIdentifier(t *testing.T) {
	path := ClaimPath("2022-23", "GB-NHS:A/B?")
	u, err := url.Parse("https://n" + path)
	if err != nil || u.Path != "/campaigns/2022-23/claims/GB-NHS:A/B?" || u.RawQuery != "" {
		t.Errorf("%s: %+v, %v", path, u, err)
	}
}
