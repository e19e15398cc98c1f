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

// copyMark is what the cookie holds: random, and bound to the link by a hash
// with the link's own secret, so that nothing has to be kept here.
func copyMark(random []byte, secret string, sent int64) string {
	sum := sha256.Sum256([]byte("tracker-copy/1\n" + secret + "\n" + strconv.FormatInt(sent, 10) + "\n" + string(random)))
	return base64.RawURLEncoding.EncodeToString(random) + "." + strconv.FormatInt(sent, 10) + "." + base64.RawURLEncoding.EncodeToString(sum[:])
}

func (f *Form) letCopy(w http.ResponseWriter, c respondent) error {
	random := make([]byte, copyBytes)
	if _, err := rand.Read(random); err != nil {
		return fmt.Errorf("let the company see its copy: %w", err)
	}
	http.SetCookie(w, &http.Cookie{Name: copyCookie, Value: copyMark(random, f.copyKey(c), f.Now().Unix()), Path: "/", MaxAge: copyLasts,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return nil
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

func (f *Form) done(w http.ResponseWriter, r *http.Request) {
	c, ok := f.respondent(w, r)
	if !ok {
		return
	}
	if c.link.Complete.IsZero() {
		http.Redirect(w, r, c.address(""), http.StatusSeeOther)
		return
	}
	view := doneView{Organisation: c.organisation, Campaign: c.campaign, Region: f.Region, Sent: f.When(c.link.Complete)}
	if f.mayCopy(r, c) {
		rows, err := f.recorded(r, c)
		if err != nil {
			f.Fail(w, r, err)
			return
		}
		view.Copy, view.Download = rows, c.address("/copy.txt")
	}
	f.Render(w, r, http.StatusOK, "respond-done", "Thank you", view)
}

func (f *Form) copy(w http.ResponseWriter, r *http.Request) {
	c, ok := f.respondent(w, r)
	if !ok {
		return
	}
	if c.link.Complete.IsZero() || !f.mayCopy(r, c) {
		f.NotFound(w, r)
		return
	}
	rows, err := f.recorded(r, c)
	if err != nil {
		f.Fail(w, r, err)
		return
	}
	page.Attach(w, "text/plain; charset=utf-8", "survey-"+string(c.campaign.Cycle)+".txt")
	fmt.Fprintf(w, "Yearly survey %s\n%s\nSent %s (Europe/London) to %s\n\n", c.campaign.Cycle, c.organisation.Name, f.When(c.link.Complete), f.Region.Name())
	for _, row := range rows {
		fmt.Fprintf(w, "%d. %s\n   %s\n\n", row.Number, row.Text, row.Answer)
	}
}
