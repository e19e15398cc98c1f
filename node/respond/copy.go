package respond

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// copyCookie lets the browser that sent the answers, and no other, see a copy
// of them for an hour.
const (
	copyCookie = "__Host-answers"
	copyBytes  = 20
	copyLasts  = 3600 // seconds
)

// copyMark is the cookie's value: random bytes, the second of sending, and a
// hash that binds both to the secret, so that nothing has to be stored here.
func copyMark(random []byte, secret string, sent int64) string {
	at := strconv.FormatInt(sent, 10)
	sum := sha256.Sum256([]byte("tracker-copy/1\n" + secret + "\n" + at + "\n" + string(random)))
	return base64.RawURLEncoding.EncodeToString(random) + "." + at + "." + base64.RawURLEncoding.EncodeToString(sum[:])
}

// letCopy gives the browser the cookie that shows it the copy.
func (f *Form) letCopy(w http.ResponseWriter, c respondent) {
	random := make([]byte, copyBytes)
	_, _ = rand.Read(random) // it never fails
	http.SetCookie(w, &http.Cookie{Name: copyCookie, Value: copyMark(random, f.copyKey(c), f.Now().Unix()), Path: "/",
		MaxAge: copyLasts, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// copyKey is known to this process alone.
func (f *Form) copyKey(c respondent) string { return f.process + "\n" + c.link.ID }

// mayCopy reports whether this browser sent the answers within the hour.
func (f *Form) mayCopy(r *http.Request, c respondent) bool {
	cookie, err := r.Cookie(copyCookie)
	if err != nil {
		return false
	}

	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 3 {
		return false
	}

	// The hash covers the time, so a browser cannot extend it.
	random, err := base64.RawURLEncoding.DecodeString(parts[0])
	sent, wrong := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || wrong != nil || f.Now().Unix()-sent > copyLasts {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(copyMark(random, f.copyKey(c), sent)), []byte(cookie.Value)) == 1
}

// doneView is the end of the form.
type doneView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Region       survey.Region
	Sent         string
	Copy         []checkRow
	Download     string
}

// recorded returns the answers that were sent, in words.
func (f *Form) recorded(r *http.Request, c respondent) ([]checkRow, error) {
	response, err := f.options.Responses.Response(r.Context(), c.campaign.Cycle, c.organisation.ID)
	if err != nil {
		return nil, err
	}

	var rows []checkRow
	for i, question := range c.q.Questions {
		answer := page.AnswerWords(question, response.Answers.Of(question.ID))
		if answer == "" {
			answer = "No answer"
		}
		rows = append(rows, checkRow{Number: i + 1, Text: question.Asked(c.campaign.Cycle), Answer: answer})
	}
	return rows, nil
}

func (f *Form) done(w http.ResponseWriter, r *http.Request) error {
	c, err := f.respondent(r)
	switch {
	case err != nil:
		return err
	case c.link.Complete.IsZero():
		return page.Redirect(w, r, c.address(""))
	}

	view := doneView{Organisation: c.organisation, Campaign: c.campaign, Region: f.Region,
		Sent: f.When(c.link.Complete)}
	if f.mayCopy(r, c) {
		if view.Copy, err = f.recorded(r, c); err != nil {
			return err
		}
		view.Download = c.address("/copy.txt")
	}
	return f.Render(w, r, http.StatusOK, "respond-done", "Thank you", view)
}

func (f *Form) copy(w http.ResponseWriter, r *http.Request) error {
	c, err := f.respondent(r)
	switch {
	case err != nil:
		return err
	case c.link.Complete.IsZero() || !f.mayCopy(r, c):
		return survey.ErrNotFound
	}
	rows, err := f.recorded(r, c)
	if err != nil {
		return err
	}

	page.Attach(w, "text/plain; charset=utf-8", "survey-"+string(c.campaign.Cycle)+".txt")
	fmt.Fprintf(w, "Yearly survey %s\n%s\nSent %s (Europe/London) to %s\n\n", c.campaign.Cycle, c.organisation.Name,
		f.When(c.link.Complete), f.Region.Name())
	for _, row := range rows {
		fmt.Fprintf(w, "%d. %s\n   %s\n\n", row.Number, row.Text, row.Answer)
	}
	return nil
}
