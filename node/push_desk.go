package node

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"time"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/office"
	"officermobile/push"
)

// pushDesk is push as the api knows it.
type pushDesk struct{ *Node }

// PutAddress says where a device can be woken.
func (p pushDesk) PutAddress(ctx context.Context, caller wire.Caller, device models.DeviceID, a api.PushAddress) error {
	address := push.Address{
		Kind: push.AddressKind(a.Kind), Token: a.Token, App: a.App, Environment: push.Environment(a.Environment), Keys: push.WebKeys(a.Keys),
		Permission: push.Permission(a.Permission),
	}
	if err := p.senders.admit(address); err != nil {
		return err
	}
	return p.push.Register(ctx, caller.Agency, device, address)
}

// PutKeys keeps the key that a device's content is sealed to.
func (p pushDesk) PutKeys(ctx context.Context, caller wire.Caller, device models.DeviceID, text string) (api.PushKeys, error) {
	var key *ecdh.PublicKey
	if text != "" {
		var err error
		if key, err = push.ParseKey(text); err != nil {
			return api.PushKeys{}, err
		}
	}
	keys, err := p.push.RegisterKeys(ctx, caller.Agency, device, caller.User, key)
	if err != nil {
		return api.PushKeys{}, err
	}
	answer := api.PushKeys{
		Content: keys.Content, KeyID: keys.KeyID, FormerID: keys.FormerID, FetchToken: keys.FetchToken, FetchUntil: keys.FetchUntil.UnixMilli(),
	}
	if keys.FormerID != "" {
		answer.FormerUntil = keys.FormerUntil.UnixMilli()
	}
	for _, k := range keys.Signers {
		answer.Signers = append(answer.Signers, api.SignerKey{ID: doorbell.KeyID(k), Key: base64.RawURLEncoding.EncodeToString(k)})
	}
	return answer, nil
}

// Fetcher is whose device a fetch token is of.
func (p pushDesk) Fetcher(ctx context.Context, token string) (wire.Caller, error) {
	agency, device, user, err := p.push.Fetcher(ctx, token)
	if errors.Is(err, push.ErrFetchToken) {
		return wire.Caller{}, auth.ErrToken
	}
	return wire.Caller{Agency: agency, User: user, Device: device}, err
}

// Preview is what a notification was about.
func (p pushDesk) Preview(ctx context.Context, caller wire.Caller, notification record.UUID) (doorbell.Preview, error) {
	return p.push.Preview(ctx, caller.Agency, caller.Device, caller.User, notification)
}

// forgetKeys ends what the devices of an ended session may show: content is for who is signed in.
func (n *Node) forgetKeys(ctx context.Context, e auth.Event) {
	if n.push == nil || e.What != auth.Reused && e.What != auth.Revoked && e.What != auth.PasswordSet {
		return
	}
	devices := []models.DeviceID{e.Device}
	if e.Device.IsZero() {
		err := office.People{Agencies: n.Agencies}.View(ctx, e.Agency, func(s *models.State) {
			devices = nil
			for _, d := range s.DevicesOf(e.User) {
				devices = append(devices, d.ID)
			}
		})
		if err != nil {
			n.logger.Error("forget push keys", "agency", e.Agency.String(), "error", err)
			return
		}
	}
	for _, d := range devices {
		if err := n.push.ForgetKeys(ctx, e.Agency, d, e.User); err != nil {
			n.logger.Error("forget push keys", "agency", e.Agency.String(), "error", err)
		}
	}
}

// WebKey is what browsers subscribe with.
func (p pushDesk) WebKey() string { return p.senders.now.Load().webKey }

// Reachable reports that there is an address to ring.
func (p pushDesk) Reachable(ctx context.Context, agency models.AgencyID, device models.DeviceID) (bool, error) {
	return p.push.Reachable(ctx, agency, device)
}

// Received takes what a device tells of its notifications.
func (p pushDesk) Received(ctx context.Context, agency models.AgencyID, device models.DeviceID, receipts []wire.PushReceipt) error {
	return p.push.Receive(ctx, agency, device, receipts)
}

// Readiness says of devices how well they can be rung.
func (p pushDesk) Readiness(ctx context.Context, agency models.AgencyID, devices []api.Carried) ([]wire.DeviceReadiness, error) {
	carried := make([]push.Carried, len(devices))
	for i, d := range devices {
		carried[i] = push.Carried{User: d.User, Device: d.Device, TestedAt: time.UnixMicro(int64(d.TestedAt)), Tested: d.Tested}
		if d.Tested == 0 {
			carried[i].TestedAt = time.Time{}
		}
	}
	return p.push.Readiness(ctx, agency, carried)
}

// Tested is what became of a device's test.
func (p pushDesk) Tested(ctx context.Context, agency models.AgencyID, device models.DeviceID, seq record.Seq) (wire.PushVerdict, error) {
	v, err := p.push.Tested(ctx, agency, device, seq)
	if err != nil {
		return wire.PushVerdict{}, err
	}
	place, err := p.place(ctx, agency)
	if err != nil {
		return wire.PushVerdict{}, err
	}
	return shownVerdict(v, place), nil
}

// Unbind forgets where a device can be woken, if that was given until then.
func (p pushDesk) Unbind(ctx context.Context, agency models.AgencyID, device models.DeviceID, until time.Time) error {
	return p.push.UnbindUntil(ctx, agency, device, until)
}

// Verdicts are what was decided about a message for each recipient's device.
func (p pushDesk) Verdicts(ctx context.Context, agency models.AgencyID, message *models.Entry) ([]api.Verdict, error) {
	records, err := p.push.Verdicts(ctx, agency, message.Seq)
	if err != nil {
		return nil, err
	}
	verdicts := make([]api.Verdict, len(records))
	for i, r := range records {
		verdicts[i] = api.Verdict{
			User: r.User, Device: r.Device, Verdict: string(r.Decision), Reason: string(r.Reason), State: r.Outcome, At: r.At.UnixMilli(),
		}
	}
	return verdicts, nil
}
