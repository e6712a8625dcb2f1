package replay

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"

	"officermobile/client"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/replay/shift"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many people are set up side by side: hashing a password takes a processor for a while, and sixteen
// megabytes or more.
const atOnce = 2

// setUp makes the plan's zones, teams and people, and signs every device in. The clock is the server's for that time.
func (r *rehearsal) setUp(ctx context.Context, a *admin, c clock.Clock) error {
	if err := r.setUpPlaces(ctx, a); err != nil {
		return fmt.Errorf("set up zones and teams: %w", err)
	}
	if err := r.each(ctx, len(r.plan.People), func(ctx context.Context, i int) error { return r.setUpPerson(ctx, a, i) }); err != nil {
		return fmt.Errorf("set up people: %w", err)
	}
	if err := r.each(ctx, len(r.devices), func(ctx context.Context, i int) error { return r.devices[i].setUp(ctx, c) }); err != nil {
		return fmt.Errorf("sign devices in: %w", err)
	}
	return nil
}

// each does something for 0 to n-1, a few at once.
func (r *rehearsal) each(ctx context.Context, n int, do func(context.Context, int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := range n {
		g.Go(func() error { return do(ctx, i) })
	}
	return g.Wait()
}

func (r *rehearsal) setUpPlaces(ctx context.Context, a *admin) error {
	id, err := a.make(ctx, "/v1/zones", map[string]any{"name": "Rehearsal"})
	if err := take(&r.ids.zone, id, err); err != nil {
		return err
	}
	for i, w := range r.plan.WorkZones {
		id, err := a.make(ctx, "/v1/work-zones", map[string]any{"zone": r.ids.zone, "name": cut(w.Name)})
		if err := take(&r.ids.workZones[i], id, err); err != nil {
			return err
		}
	}
	for i, t := range r.plan.Teams {
		form := map[string]any{"zone": r.ids.zone, "name": cut(t.Name), "work_zones": r.ids.workZones}
		id, err := a.make(ctx, "/v1/teams", form)
		if err := take(&r.ids.teams[i], id, err); err != nil {
			return err
		}
	}
	return nil
}

func (r *rehearsal) setUpPerson(ctx context.Context, a *admin, i int) error {
	p := r.plan.People[i]
	form := map[string]any{"username": r.username(i), "name": cut(p.Name), "types": models.Officer, "active": true}
	if p.Type == shift.Dispatcher {
		form["types"], form["zones"] = models.Dispatcher, []models.ZoneID{r.ids.zone}
	}
	id, err := a.make(ctx, "/v1/users", form)
	if err := take(&r.ids.users[i], id, err); err != nil {
		return err
	}
	r.passwords[i] = rand.Text()
	return a.call(ctx, http.MethodPut, "/v1/users/"+id+"/password", map[string]any{"password": r.passwords[i]}, nil)
}

// username is one that no earlier rehearsal on the same server has used.
func (r *rehearsal) username(person int) string {
	return fmt.Sprintf("p%d-%s", person, strings.ToLower(r.tag))
}

// cut makes a name of the file one that the server takes.
func cut(name string) string {
	name = strings.TrimSpace(name)
	if runes := []rune(name); len(runes) > models.MaxName {
		return string(runes[:models.MaxName])
	}
	return name
}

// setUp signs a device in over a good network, and tells the server where it can be rung.
func (d *device) setUp(ctx context.Context, c clock.Clock) error {
	if err := d.open(ctx); err != nil {
		return err
	}
	web := &http.Client{Transport: &http.Transport{}, Timeout: requestTimeout}
	defer web.CloseIdleConnections()
	owner := int(d.plan.Owner)
	dev, err := client.New(ctx, d.config(c, web))
	if err != nil {
		return err
	}
	err = patiently(ctx, func() error {
		return dev.SignIn(ctx, d.r.account.Agency, d.r.username(owner), d.r.passwords[owner])
	})
	if err != nil {
		return fmt.Errorf("%s: %w", d.name(), err)
	}
	d.id = dev.ID()
	if d.r.options.Providers == nil || d.plan.Kind == shift.Console {
		return nil
	}
	d.address = d.r.options.Providers.NewAddress(d.addressKind())
	return patiently(ctx, func() error {
		path := d.r.host.url() + "/v1/devices/" + d.id.String() + "/address"
		return call(ctx, web, dev.Meta().Session.Access, http.MethodPut, path, d.address, nil)
	})
}

// addressKind deals the platforms out.
func (d *device) addressKind() string {
	if d.plan.Kind == shift.Tablet || d.no%2 == 1 {
		return "fcm"
	}
	return "apns"
}

// platform is the device's, as it names itself.
func (d *device) platform() string {
	switch {
	case d.plan.Kind == shift.Console:
		return "web"
	case d.addressKind() == "fcm":
		return "android"
	}
	return "ios"
}

// class is the device's, as it names itself.
func (d *device) class() string {
	switch d.plan.Kind {
	case shift.Console:
		return "console"
	case shift.Tablet:
		return "vehicle"
	}
	return "phone"
}
