package bench

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"officermobile/models"

	"golang.org/x/sync/errgroup"
)

// seeders work at a time: enough to fill commits, few enough not to fill the queue for password hashes.
const seeders = 16

// membersEach is how many people are in a conversation.
const membersEach = 10

// crew is people with their phones and the conversations that they are in.
type crew struct {
	people []*person
	phones [][]*phone // by person
	rooms  []room
}

// room is a conversation: its members are those of the crew's people at the indexes.
type room struct {
	id      models.ConversationID
	members []int
}

// all are the phones of everybody.
func (c *crew) all() []*phone {
	var all []*phone
	for _, of := range c.phones {
		all = append(all, of...)
	}
	return all
}

// roomsOf are the conversations of each person.
func (c *crew) roomsOf() [][]int {
	in := make([][]int, len(c.people))
	for i, r := range c.rooms {
		for _, m := range r.members {
			in[m] = append(in[m], i)
		}
	}
	return in
}

func (c *crew) hangUp() {
	for _, p := range c.all() {
		p.hangUp()
	}
}

// parallel calls fn for 0 to n-1, so many at a time, until one fails.
func parallel(ctx context.Context, n, at int, fn func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(at)
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return fn(ctx, i)
		})
	}
	return group.Wait()
}

// hire makes people with phones, in a ring of conversations: in the one of number i are the people from
// i*spread on. Each phone is signed in with its password, has synced, and holds a position.
func (w *world) hire(ctx context.Context, name string, people, phonesEach, rooms, spread int) (*crew, error) {
	steps := int64(people + 2*people*phonesEach + rooms)
	bar := w.bar(name, steps)
	defer bar.Finish()
	c := &crew{people: make([]*person, people), phones: make([][]*phone, people), rooms: make([]room, rooms)}
	err := parallel(ctx, people, seeders, func(ctx context.Context, i int) error {
		var err error
		c.people[i], err = w.user(ctx, fmt.Sprintf("%s.%d", name, i))
		bar.Add(1)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range people {
		c.phones[i] = make([]*phone, phonesEach)
	}
	err = parallel(ctx, people*phonesEach, seeders, func(ctx context.Context, i int) error {
		who := i % people
		p, err := signIn(ctx, w.server.Address(), w.agency, c.people[who])
		bar.Add(1)
		if err == nil {
			p.hangUp() // signing all of them in takes longer than a connection may idle
			c.phones[who][i/people] = p
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := w.talk(ctx, c, spread, bar); err != nil {
		return nil, err
	}
	err = w.syncAll(ctx, c.all(), bar)
	return c, err
}

// user makes one person by way of the administrator.
func (w *world) user(ctx context.Context, username string) (*person, error) {
	admin := w.desk()
	defer w.giveBack(admin)
	p := &person{username: username, password: "correct horse " + newKey()[:12]}
	var made struct {
		ID models.UserID `json:"id"`
	}
	form := map[string]any{"username": p.username, "name": username, "types": []string{"officer"}, "active": true}
	if err := admin.call(ctx, http.MethodPost, "/v1/users", form, &made); err != nil {
		return nil, err
	}
	p.id = made.ID
	return p, admin.call(ctx, http.MethodPut, "/v1/users/"+p.id.String()+"/password", map[string]string{"password": p.password}, nil)
}

// talk makes the conversations; everybody who is asked in comes.
func (w *world) talk(ctx context.Context, c *crew, spread int, bar Bar) error {
	return parallel(ctx, len(c.rooms), 1, func(ctx context.Context, i int) error {
		members := make([]int, membersEach)
		invitees := make([]models.UserID, membersEach)
		for k := range members {
			members[k] = (i*spread + k) % len(c.people)
			invitees[k] = c.people[members[k]].id
		}
		var made struct {
			ID          models.ConversationID `json:"id"`
			Invitations []models.InvitationID `json:"invitations"`
		}
		form := map[string]any{"title": "Room " + strconv.Itoa(i), "invitees": invitees[1:]}
		if err := c.phones[members[0]][0].call(ctx, http.MethodPost, "/v1/conversations", form, &made); err != nil {
			return err
		}
		c.rooms[i] = room{made.ID, members}
		bar.Add(1)
		return parallel(ctx, len(made.Invitations), seeders, func(ctx context.Context, k int) error {
			path := "/v1/invitations/" + made.Invitations[k].String() + "/accept"
			return c.phones[members[k+1]][0].call(ctx, http.MethodPost, path, nil, nil)
		})
	})
}

// syncAll brings phones up to date.
func (w *world) syncAll(ctx context.Context, phones []*phone, bar Bar) error {
	return parallel(ctx, len(phones), seeders, func(ctx context.Context, i int) error {
		_, err := phones[i].sync(ctx)
		phones[i].hangUp()
		bar.Add(1)
		return err
	})
}

// fill posts messages in every room, by its first member.
func (w *world) fill(ctx context.Context, name string, c *crew, each int) error {
	bar := w.bar(name, int64(each*len(c.rooms)))
	defer bar.Finish()
	led := make([][]room, len(c.people))
	for _, r := range c.rooms {
		led[r.members[0]] = append(led[r.members[0]], r)
	}
	return parallel(ctx, len(led), seeders, func(ctx context.Context, i int) error {
		for _, r := range led[i] {
			if err := c.phones[i][0].post(ctx, r.id, w.some(each)); err != nil {
				return err
			}
			bar.Add(int64(each))
		}
		return nil
	})
}
