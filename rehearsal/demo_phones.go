package rehearsal

import (
	"cmp"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/office"
	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/sync"
)

// phones hands simulated ones to the officers of the demonstration. They were switched on when the server was, and the
// app has registered an address: what an officer does not read on another device rings there.
type phones struct {
	services *pushtest.Services
	push     *push.Service
	owners   map[string]owner // by address
}

// owner is the device that a simulated phone is.
type owner struct {
	agency models.AgencyID
	device models.DeviceID
}

// hand gives each officer of an agency a phone, the same device at every start.
func (p phones) hand(ctx context.Context, g *sync.Agency) error {
	var officers []models.User
	g.View(func(s *models.State) {
		for _, u := range s.Users() {
			if u.Active && u.Types.Any(models.Officer) {
				officers = append(officers, *u)
			}
		}
	})
	for i, u := range officers {
		if err := p.give(ctx, g, u, i%2 == 0); err != nil {
			return fmt.Errorf("give %s a simulated phone: %w", u.Username, err)
		}
	}
	return nil
}

// give signs an officer in on a phone. One whose phone was revoked goes without.
func (p phones) give(ctx context.Context, g *sync.Agency, u models.User, iphone bool) error {
	kind, platform, words := push.FCMToken, "android", "Android"
	if iphone {
		kind, platform, words = push.APNs, "ios", "iPhone"
	}
	device := demoDevice(g.ID(), u.ID)
	err := g.Submit(ctx, []models.Command{{
		ID: office.NewID[models.CommandID](), Actor: u.ID, Device: device,
		Body: &models.DeviceRegister{Name: "simulated " + words, Class: "phone", Platform: platform},
	}})[0].Err
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	a := p.services.NewDevice(kind)
	p.services.Name(a, fmt.Sprintf("%s (%s)", u.Name, words))
	if err := p.key(ctx, g.ID(), device, u.ID, a); err != nil {
		return err
	}
	p.owners[a.Token] = owner{g.ID(), device}
	return p.push.Register(ctx, g.ID(), device, a)
}

// answer tells the server what the phones show, as the app on a true one does, until ctx ends.
func (p phones) answer(ctx context.Context) {
	for after := 0; ctx.Err() == nil; {
		v := p.services.Watch(ctx, after)
		after = v.Next
		for _, a := range v.Arrivals {
			p.displayed(ctx, a)
		}
	}
}

// displayed tells of one notification. What can't be told is lost, as it is when a phone has no network.
func (p phones) displayed(ctx context.Context, a pushtest.Arrival) {
	o, ok := p.owners[a.Token]
	if !ok || a.Shown == nil {
		return
	}
	id, err := record.ParseUUID(a.Shown.Notification)
	if err != nil {
		return
	}
	_ = p.push.Receive(ctx, o.agency, o.device, []wire.PushReceipt{{ID: models.NotificationID(id), Stage: wire.PushDisplayed, At: a.At.UnixMilli()}})
}

// key lets a phone read what is sealed to it, for the day when the agency allows previews.
func (p phones) key(ctx context.Context, agency models.AgencyID, device models.DeviceID, user models.UserID, a push.Address) error {
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	keys, err := p.push.RegisterKeys(ctx, agency, device, user, private.PublicKey())
	if err != nil {
		return err
	}
	p.services.OnSealed(a, func(payload []byte) (title, text string, err error) {
		bell, err := doorbell.Parse(payload)
		if err != nil {
			return "", "", err
		}
		if err := bell.Verify(device, keys.Signers); err != nil {
			return "", "", err
		}
		preview, err := bell.Open(device, private)
		return previewTitle(preview), cmp.Or(preview.Text, strings.ReplaceAll(preview.About, "_", " ")), err
	})
	return nil
}

// previewTitle is who writes, and where if that has a name.
func previewTitle(p doorbell.Preview) string {
	if p.From != "" && p.Title != "" {
		return p.From + ", " + p.Title
	}
	return cmp.Or(p.From, p.Title, "Officer Mobile")
}

// demoDevice is the id of somebody's simulated phone.
func demoDevice(agency models.AgencyID, user models.UserID) (id models.DeviceID) {
	sum := sha256.Sum256([]byte("demonstration/" + agency.Hex() + "/" + user.Hex()))
	copy(id[:], sum[:])
	return id
}

// tell says how to watch the phones.
func (p phones) tell(out io.Writer) {
	at := ""
	if control := p.services.Config().Control; control != fmt.Sprintf("http://127.0.0.1:%d", pushtest.ControlPort) {
		at = " --at " + control
	}
	fmt.Fprintf(out, "\nEvery officer has a simulated phone. Watch pushes arrive: officermobile inbox%s\n", at)
}
