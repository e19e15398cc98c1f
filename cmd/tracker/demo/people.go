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

// addPeople adds an adviser and a lead at the first node, once. Their passwords
// are in demo.json before they are at the node, so an interrupted run or a
// resumed one prints those that are right.
func (d *instance) addPeople(ctx context.Context) error {
	if len(d.file.People) == 0 {
		for _, p := range []cli.DemoPerson{{Name: "Demo Adviser", Role: store.PermissionAdviser}, {Name: "Demo Lead", Role: store.PermissionLead}} {
			p.Password = rand.Text()
			d.file.People = append(d.file.People, p)
		}
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
		return fmt.Errorf("look for the demo's people: %w", err)
	}

	for _, p := range d.file.People {
		if slices.ContainsFunc(there.Items, func(u store.User) bool { return u.Name == p.Name }) {
			continue
		}
		if _, err := first.Post(ctx, "/users", api.NewUser{Name: p.Name, Role: p.Role, Password: p.Password}); err != nil {
			return fmt.Errorf("add %s: %w", p.Name, err)
		}
	}
	return nil
}

// sayPages prints where the pages are and who may sign in there.
func (d *instance) sayPages() {
	first := d.file.Nodes[0]
	d.c.Say("\nOpen the pages of %s in a browser and sign in:\n", survey.Region(first.Region).Name())
	d.c.Say("  %s", first.URL)
	for _, p := range d.file.People {
		d.c.Say("  %-8s name: %-14s password: %s", p.Role, p.Name, p.Password)
	}
	d.c.Say("\nThe browser warns of an unknown certificate: the demo made it. Go on at this address, or trust %s first.", d.file.CA)
}
