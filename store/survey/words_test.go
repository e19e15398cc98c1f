package survey_test

import (
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestClip(t *testing.T) {
	for text, want := range map[string]string{"": "", "Zürich": "Zürich", "Zürichs": "Zürich…"} {
		if got := survey.Clip(text, 6); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
