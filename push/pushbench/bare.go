package pushbench

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	//lint:file-ignore SA1019 the transport that apns2 is made of.

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/messaging"
	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/token"
	"golang.org/x/net/http2"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"

	"officermobile/push"
	"officermobile/push/internal/wire"
	"officermobile/push/pushtest"
)

// bare is the vendors' libraries as their documents show them.
type bare struct {
	topic   string
	apple   *apns2.Client
	google  *messaging.Client
	traffic [2]wire.Traffic // to Apple and to Google
	rings   [2]atomic.Uint64
}

func newBare(ctx context.Context, c pushtest.Config) (*bare, error) {
	b := &bare{topic: c.APNs.Topic}
	key, err := token.AuthKeyFromBytes(c.APNs.Key)
	if err != nil {
		return nil, fmt.Errorf("bare apns2: %w", err)
	}
	b.apple = apns2.NewTokenClient(&token.Token{AuthKey: key, KeyID: c.APNs.KeyID, TeamID: c.APNs.TeamID})
	b.apple.Host = c.APNs.URL
	b.apple.HTTPClient = &http.Client{Transport: h2(c.Roots(), &b.traffic[0])}
	account, err := google.JWTConfigFromJSON(c.FCM.ServiceAccount, "https://www.googleapis.com/auth/firebase.messaging")
	if err != nil {
		return nil, fmt.Errorf("bare firebase: %w", err)
	}
	plain := &http.Client{Transport: h2(c.Roots(), &b.traffic[1])}
	source := account.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, plain))
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: c.FCM.ProjectID}, option.WithEndpoint(c.FCM.URL+"/v1"),
		option.WithHTTPClient(&http.Client{Transport: &oauth2.Transport{Source: source, Base: plain.Transport}}))
	if err != nil {
		return nil, fmt.Errorf("bare firebase: %w", err)
	}
	b.google, err = app.Messaging(ctx)
	return b, err
}

func h2(roots *x509.CertPool, t *wire.Traffic) *http2.Transport {
	return &http2.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialTLSContext: func(ctx context.Context, network, addr string, cfg *tls.Config) (net.Conn, error) {
			return t.Dial(ctx, net.Dialer{}, network, addr, cfg)
		},
	}
}

// send sends one notification of the usual size.
func (b *bare) send(ctx context.Context, a push.Address, expires time.Time) error {
	n := push.Notification{
		ID: [16]byte{1}, Address: a, Class: push.Message, Badge: 7, Expires: expires, ThreadTag: "0123456789abcdef", CollapseTag: "0123456789abcdef",
	}
	if a.Kind == push.APNs {
		b.rings[0].Add(1)
		req, err := push.BuildAPNs(n)
		if err != nil {
			return err
		}
		resp, err := b.apple.PushWithContext(ctx, &apns2.Notification{
			DeviceToken: a.Token, Topic: b.topic, CollapseID: req.CollapseID, Expiration: expires, Priority: req.Priority,
			PushType: apns2.EPushType(req.PushType), Payload: req.Body,
		})
		if err == nil && !resp.Sent() {
			err = fmt.Errorf("apns: %d %s", resp.StatusCode, resp.Reason)
		}
		return err
	}
	b.rings[1].Add(1)
	ttl := time.Hour
	_, err := b.google.Send(ctx, &messaging.Message{
		Token: a.Token, Android: &messaging.AndroidConfig{Priority: "high", TTL: &ttl},
		Data: map[string]string{"v": "1", "n": "AZsAAAAAAAAAAAAAAAAABw", "t": "0123456789abcdef", "b": "7", "x": "m"},
	})
	return err
}
