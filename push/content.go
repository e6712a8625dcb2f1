package push

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/hpke"
	"errors"
	"fmt"
	"time"

	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
)

// DeviceKeys is what a device reads its pushes with.
type DeviceKeys struct {
	Content     models.PushContent  // what the agency lets it show
	KeyID       string              // of the key that content is sealed to, "" for none
	FormerID    string              // of the key before it, "" for none
	FormerUntil time.Time           // for which the device keeps it
	Signers     []ed25519.PublicKey // whose pushes are this server's
	FetchToken  string
	FetchUntil  time.Time
}

// RegisterKeys keeps the key that a device's content is sealed to, nil for none, and answers all that the device needs
// to read its pushes. It is repeated at every start of the app, which renews the fetch token.
func (p *Service) RegisterKeys(ctx context.Context, agency models.AgencyID, device models.DeviceID, user models.UserID, key *ecdh.PublicKey) (DeviceKeys, error) {
	k, now := deviceKey{agency, device}, p.clock.Now()
	signers, err := p.signer.publics(ctx)
	if err != nil {
		return DeviceKeys{}, err
	}
	body, err := p.keyring.register(ctx, k, user, key, now)
	if err != nil {
		return DeviceKeys{}, err
	}
	d := DeviceKeys{Signers: signers, FormerID: body.former(now), FetchUntil: now.Add(FetchLife).Truncate(time.Second)}
	d.FetchToken = body.fetchToken(k, d.FetchUntil)
	if body.Key != nil {
		d.KeyID = doorbell.KeyID(body.Key)
	}
	if d.FormerID != "" {
		d.FormerUntil = body.FormerTo
	}
	return d, p.sight.View(ctx, agency, func(s *models.State) { d.Content = s.Agency.Settings.PushContent })
}

// ForgetKeys ends what a user's device may be shown beside generic words: nothing is sealed to it and it fetches nothing
// until it registers keys again. For sessions that are ended from elsewhere; it still rings.
func (p *Service) ForgetKeys(ctx context.Context, agency models.AgencyID, device models.DeviceID, user models.UserID) error {
	k := deviceKey{agency, device}
	body, err := p.keyring.get(ctx, k)
	if err != nil || body.User != user {
		return err
	}
	return p.keyring.remove(ctx, k)
}

// Fetcher is the device that a fetch token is of, and its user; ErrFetchToken if it is not good.
func (p *Service) Fetcher(ctx context.Context, token string) (models.AgencyID, models.DeviceID, models.UserID, error) {
	k, until, raw, ok := readFetchToken(token)
	if !ok || !p.clock.Now().Before(until) {
		return k.agency, k.device, models.UserID{}, ErrFetchToken
	}
	body, err := p.keyring.get(ctx, k)
	if err != nil {
		return k.agency, k.device, models.UserID{}, err
	}
	if len(body.Secret) == 0 || !hmac.Equal(body.proof(raw[:fetchClaims]), raw[fetchClaims:]) {
		return k.agency, k.device, models.UserID{}, ErrFetchToken
	}
	return k.agency, k.device, body.User, nil
}

// ErrFetchToken is the answer to a token that is forged, over, or of a device that has signed out.
var ErrFetchToken = errors.New("not a fetch token that is good")

// Preview is what a notification to a device was about, as the user may see it now; models.ErrNotFound for everything
// else: another device's, one that never was, one of what they may no longer see, or where the agency shows no content.
func (p *Service) Preview(ctx context.Context, agency models.AgencyID, device models.DeviceID, user models.UserID, id record.UUID) (doorbell.Preview, error) {
	key, err := p.rungBy(ctx, deviceKey{agency, device}, id)
	if err != nil {
		return doorbell.Preview{}, err
	}
	var preview doorbell.Preview
	found := false
	err = p.sight.View(ctx, agency, func(s *models.State) {
		if s.Agency.Settings.PushContent != models.ContentNone {
			preview, found = previewOf(s, key, user)
		}
	})
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return preview, err
}

// content is what a ring may say for the device's eyes only; a device without a key has none.
type content struct {
	preview doorbell.Preview
	sealed  bool // the agency wants it, and there is something to show
	key     *ecdh.PublicKey
	typed   bool // generic words tell what it is about
}

// contentOf is what the agency lets a ring say; rendered, if it seals content.
func contentOf(s *models.State, k slotKey, user models.UserID) (c content) {
	c.typed = s.Agency.Settings.PushWords == models.WordsTyped
	if s.Agency.Settings.PushContent == models.ContentSealed && k.thing.class() > Quiet {
		c.preview, c.sealed = previewOf(s, k, user)
	}
	return c
}

// keyOf finds the key that a device's content is sealed to, if the one who registered it is who the ring is for; nil for
// none, and for what is no key: the ring goes without its content.
func (p *Service) keyOf(ctx context.Context, k deviceKey, user models.UserID) (*ecdh.PublicKey, error) {
	body, err := p.keyring.get(ctx, k)
	if err != nil || body.Key == nil || body.User != user {
		return nil, err
	}
	key, err := ecdh.P256().NewPublicKey(body.Key)
	if err != nil {
		p.logger.Error("push: a device's key for content is damaged", "agency", k.agency.Hex())
		return nil, nil
	}
	return key, nil
}

// seal puts the content of a ring into its notification; false if there is none.
func (c content) seal(k slotKey, n *Notification) (bool, error) {
	if !c.sealed || c.key == nil {
		return false, nil
	}
	plain, err := c.preview.Plain()
	if err != nil {
		return false, err
	}
	public, err := hpke.NewDHKEMPublicKey(c.key)
	if err != nil {
		return false, fmt.Errorf("seal a push: %w", err)
	}
	kdf, aead := doorbell.Suite()
	box, err := hpke.Seal(public, kdf, aead, doorbell.Info(k.device, n.ID.String()), plain)
	if err != nil {
		return false, fmt.Errorf("seal a push: %w", err)
	}
	n.Sealed = Sealed{KeyID: doorbell.KeyID(c.key.Bytes()), Box: box}
	return true, nil
}

// sign is n with the server's signature.
func (n Notification) sign(device models.DeviceID, key ed25519.PrivateKey) Notification {
	b := doorbell.Bell{ID: n.ID.String(), Step: n.Attempt, KeyID: n.Sealed.KeyID, Box: n.Sealed.box()}
	n.Signature = b.Sign(device, key).Signature
	return n
}
