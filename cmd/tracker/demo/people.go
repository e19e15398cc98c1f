package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// addPeople adds an adviser and a lead at the first node, once. Their passwords are in demo.json
// before the node knows them, so that an interrupted or resumed run prints the right ones.
func (d *instance) addPeople(ctx context.Context) error {
	if len(d.file.People) == 0 {
		d.file.People = []cli.DemoPerson{
			{Name: "Demo Adviser", Role: store.PermissionAdviser, Password: rand.Text()},
			{Name: "Demo Lead", Role: store.PermissionLead, Password: rand.Text()}}
		if err := d.writeFile(); err != nil {
			return err
		}
	}

	first, err := d.client(d.file.Nodes[0])
	if err != nil {
		return err
	}
	there, _, err := cli.Decoded[api.Page[store.User]](first.Get(ctx, "/users", nil))
	if err != nil {
		return fmt.Errorf("list the demo's people: %w", err)
	}

	for _, p := range d.file.People {
		if slices.ContainsFunc(there.Items, func(u store.User) bool { return u.Name == p.Name }) {
			continue
		}
		person := api.NewUser{Name: p.Name, Role: p.Role, Password: p.Password}
		if _, err := first.Post(ctx, "/users", person); err != nil {
			return fmt.Errorf("add %s: %w", p.Name, err)
		}
	}
	return nil
}

// sayPages prints the address of the pages and the people for signing in.
func (d *instance) sayPages() {
	first := d.file.Nodes[0]
	d.c.Say("\nOpen the pages of %s in a browser and sign in:\n", survey.Region(first.Region).Name())
	d.c.Say("  %s", first.URL)
	for _, p := range d.file.People {
		d.c.Say("  %-8s name: %-14s password: %s", p.Role, p.Name, p.Password)
	}
	d.c.Say("\nThe browser warns about an unknown certificate: the demo made it. Continue anyway, or trust %s first.",
		d.file.CA)
}
