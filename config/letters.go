package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
)

// check reports the faults of the settings of the companies' form.
func (r Respond) check(fault func(key string, err error)) {
	if r.Listen != "" {
		fault("respond.listen", checkListen(r.Listen))
	}
	if r.URL != "" {
		fault("respond.url", checkPublic(r.URL))
	}
	if (r.CertFile == "") != (r.KeyFile == "") {
		fault("respond.cert_file", errors.New("cert_file and key_file go together: set both or none"))
	}
}

// checkPublic demands an address to which a link can be appended.
func checkPublic(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("%q is not a public address: write it as https://survey.example.org", address)
	}
	return nil
}

// check reports the faults of the mail server's settings.
func (s SMTP) check(fault func(key string, err error)) {
	if !slices.Contains(Securities(), s.Security) {
		fault("smtp.security", fmt.Errorf("%q is not known: use one of %s", s.Security, strings.Join(Securities(), ", ")))
	}
	if (s.Address == "") != (s.From == "") {
		fault("smtp.address", errors.New("address and from go together: set both or none"))
	}

	if s.Address != "" {
		fault("smtp.address", checkAdvertise(s.Address))
	}
	if s.From != "" {
		if _, err := mail.ParseAddress(s.From); err != nil {
			fault("smtp.from", fmt.Errorf("%q is not an e-mail address", s.From))
		}
	}

	if (s.User == "") != (s.PasswordFile == "") {
		fault("smtp.user", errors.New("user and password_file go together: set both or none"))
	}
	if s.User != "" && s.Security == "none" {
		fault("smtp.security", errors.New("a password needs starttls or tls: it would be readable on its way"))
	}
}
