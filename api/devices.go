package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Push is what the api hands to, and asks of, the notifications.
type Push interface {
	Previews
	// PutAddress says where a device can be woken; an address belongs to the device that gave it last. Any
	// *models.Error is for the client.
	PutAddress(ctx context.Context, caller wire.Caller, device models.DeviceID, address PushAddress) error
	Unbinder
	// Reachable reports that there is an address at which a device can be woken.
	Reachable(ctx context.Context, agency models.AgencyID, device models.DeviceID) (bool, error)
	// Received takes what a device tells of its notifications. The same may be told any number of times; what the device
	// was not sent has no effect.
	Received(ctx context.Context, agency models.AgencyID, device models.DeviceID, receipts []wire.PushReceipt) error
	// DeadLetters are an agency's rings that no provider will ever take, behind a position, "" for the oldest.
	DeadLetters(ctx context.Context, agency models.AgencyID, after string, limit int) (DeadLetters, error)
	// Readiness says of devices how well they can be rung, in their order.
	Readiness(ctx context.Context, agency models.AgencyID, devices []Carried) ([]wire.DeviceReadiness, error)
	// Tested is what became of the test of a device that an event asked for.
	Tested(ctx context.Context, agency models.AgencyID, device models.DeviceID, seq record.Seq) (wire.PushVerdict, error)
	// WebKey is the key that browsers subscribe with, base64url; "" if they can't be rung here.
	WebKey() string
	// Verdicts are what was decided about a message for each recipient's device, ordered by user and device.
	Verdicts(ctx context.Context, agency models.AgencyID, message *models.Entry) ([]Verdict, error)
	// Account answers whom a message was for, by user, and what was decided about each of their devices; the same of
	// the events by which it was escalated.
	Account(ctx context.Context, agency models.AgencyID, message models.Event, steps []models.Event) (Account, error)
	// OfDevice are the latest verdicts about a device, the newest first, at most limit; more: there may be older ones.
	OfDevice(ctx context.Context, agency models.AgencyID, device models.DeviceID, limit int) (latest []wire.DeviceVerdict, more bool, err error)
}

// PushAddress is where a device can be woken.
type PushAddress struct {
	Kind        string `json:"kind" enum:"apns,fcm_token,fcm_fid,webpush"` // whose push service; FCM has old tokens and installation ids
	Token       string `json:"token" minLength:"1" maxLength:"4096" doc:"As the platform gave it: a device token, a registration token, an installation id, or the endpoint of a subscription."`
	Environment string `json:"environment,omitzero" enum:"production,sandbox" doc:"Of APNs."`
	App         string `json:"app" minLength:"1" maxLength:"200" doc:"Bundle id, package name, or the web app's origin."`

	Keys WebKeys `json:"keys,omitzero" doc:"Of webpush."`

	Permission string `json:"permission,omitzero" enum:"granted,denied" doc:"Whether the phone lets the app show notifications; absent: unknown."`
}

// WebKeys are those of a browser's subscription, as PushSubscription.toJSON gives them.
type WebKeys struct {
	P256DH string `json:"p256dh" maxLength:"88" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"base64url"` // the browser's public key, base64url
	Auth   string `json:"auth" maxLength:"24" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"base64url"`   // the browser's secret, base64url
}

// Device is one of a user's devices.
type Device struct {
	wire.Device
	User  models.UserID `json:"user_id,omitzero"` // whom it is bound to; absent: nobody
	Lost  bool          `json:"lost,omitzero" doc:"Reported lost or stolen."`
	Wipe  bool          `json:"wipe,omitzero" doc:"It was ordered to erase its data."`
	Wiped int64         `json:"wiped_at,omitzero" doc:"When it said that it had, milliseconds since 1970."`
	Heard int64         `json:"heard_at,omitzero" doc:"For administrators: when it was last heard of, milliseconds since 1970; in the list of all of them absent after a week."`
	Reach bool          `json:"has_address,omitzero" doc:"For administrators, in the list of all of them: there is a push address, so it can be rung. What providers answered is in its verdicts."`
}

type devicesInput struct {
	Paging
	User models.UserID `query:"user" doc:"For administrators: whose; absent: the caller's."`
}

func deviceOf(d *models.Device) Device {
	shown := wire.Device{Name: d.Name, Class: d.Class, Platform: d.Platform, Revoked: d.Revoked}
	return Device{Device: shown, User: d.User, Lost: d.Lost, Wipe: d.Wipe, Wiped: d.WipedAt.Millis()}
}

func (a *API) devices(ctx context.Context, in *devicesInput) (*answer[List[Device]], error) {
	ex := exchangeOf(ctx)
	user := ex.caller.User
	if !in.User.IsZero() && in.User != user {
		if !ex.types.Any(models.Administrator) {
			return nil, models.ErrNotFound
		}
		user = in.User
	}
	return listed(a, ctx, in.Paging, func(s *models.State) []*models.Device { return s.DevicesOf(user) },
		func(_ *models.State, d *models.Device) Item[Device] {
			return Item[Device]{ID: d.ID.String(), Rev: d.Rev, Data: deviceOf(d)}
		})
}

type registerInput struct {
	Keyed
	Body models.DeviceRegister
}

// register binds the session's device to its user. Whoever had it before has no session and no push on it any more.
func (a *API) register(ctx context.Context, in *registerInput) (*answer[Written], error) {
	if _, err := a.write(ctx, in.Key, basis{}, &in.Body); err != nil {
		return nil, err
	}
	return answered(Written{Changed: true, ID: exchangeOf(ctx).caller.Device.String()}), nil
}

// DeviceVerb is a write about a device.
type DeviceVerb struct {
	Keyed
	ID models.DeviceID `path:"id"`
}

func (a *API) release(ctx context.Context, in *DeviceVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.DeviceRelease{DeviceID: in.ID})
}

type revokeInput struct {
	DeviceVerb
	Body struct {
		Wipe bool `json:"wipe,omitzero" doc:"Order the device to erase its data when it is heard of."`
	} `nameHint:"Revocation"`
}

func (a *API) revoke(ctx context.Context, in *revokeInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.DeviceRevoke{DeviceID: in.ID, Wipe: in.Body.Wipe})
}

type addressInput struct {
	ID   models.DeviceID `path:"id"`
	Body PushAddress
}

// address is taken only from the device itself.
func (a *API) address(ctx context.Context, in *addressInput) (*empty, error) {
	ex := exchangeOf(ctx)
	if !ex.bound || in.ID != ex.caller.Device {
		return nil, models.ErrNotFound
	}
	return &empty{}, a.deps.Push.PutAddress(ctx, ex.wireCaller(), in.ID, in.Body)
}

// PushKey is what a browser subscribes with.
type PushKey struct {
	Key string `json:"key" maxLength:"88" doc:"For PushManager.subscribe as applicationServerKey: base64url."`
}

var errNoWebPush = models.Refuse(models.KindNotFound, "no_web_push", "This server does not ring browsers.")

// pushKey is the same for everybody; the agency's tablets subscribe with it.
func (a *API) pushKey(context.Context, *empty) (*answer[PushKey], error) {
	key := a.deps.Push.WebKey()
	if key == "" {
		return nil, errNoWebPush
	}
	return answered(PushKey{key}), nil
}

type presenceInput struct{ Body wire.Presence }

// presence is the plain form of what a sync carries along.
func (a *API) presence(ctx context.Context, in *presenceInput) (*empty, error) {
	ex := exchangeOf(ctx)
	if !ex.bound {
		return nil, models.Refuse(models.KindConflict, "no_device", "Presence is that of a registered device.")
	}
	if err := in.Body.Check(); err != nil {
		return nil, err
	}
	return &empty{}, a.deps.Sync.Report(ctx, ex.wireCaller(), in.Body)
}

// written carries out a command and answers it: what most writes are.
func (a *API) written(ctx context.Context, key string, body models.CommandBody) (*answer[Written], error) {
	return a.writtenOn(ctx, key, basis{}, body)
}
