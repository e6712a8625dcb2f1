package pushbench

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
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
	"officermobile/push/pushtest"
)

// bare is the vendors' libraries as their documents show them.
type bare struct {
	topic  string
	apple  *apns2.Client
	google *messaging.Client
}

func newBare(ctx context.Context, c pushtest.Config) (*bare, error) {
	key, err := token.AuthKeyFromBytes(c.APNs.Key)
	if err != nil {
		return nil, fmt.Errorf("bare apns2: %w", err)
	}
	apple := apns2.NewTokenClient(&token.Token{AuthKey: key, KeyID: c.APNs.KeyID, TeamID: c.APNs.TeamID})
	apple.Host = c.APNs.URL
	apple.HTTPClient = &http.Client{Transport: h2(c.Roots())}
	account, err := google.JWTConfigFromJSON(c.FCM.ServiceAccount, "https://www.googleapis.com/auth/firebase.messaging")
	if err != nil {
		return nil, fmt.Errorf("bare firebase: %w", err)
	}
	plain := &http.Client{Transport: h2(c.Roots())}
	source := account.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, plain))
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: c.FCM.ProjectID}, option.WithEndpoint(c.FCM.URL+"/v1"),
		option.WithHTTPClient(&http.Client{Transport: &oauth2.Transport{Source: source, Base: plain.Transport}}))
	if err != nil {
		return nil, fmt.Errorf("bare firebase: %w", err)
	}
	client, err := app.Messaging(ctx)
	return &bare{c.APNs.Topic, apple, client}, err
}

func h2(roots *x509.CertPool) *http2.Transport {
	return &http2.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
}

// send sends one notification of the usual size.
func (b *bare) send(ctx context.Context, a push.Address, expires time.Time) error {
	n := push.Notification{
		ID: [16]byte{1}, Address: a, Class: push.Message, Badge: 7, Expires: expires, ThreadTag: "0123456789abcdef", CollapseTag: "0123456789abcdef",
	}
	if a.Kind == push.APNs {
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
	ttl := time.Hour
	_, err := b.google.Send(ctx, &messaging.Message{
		Token: a.Token, Android: &messaging.AndroidConfig{Priority: "high", TTL: &ttl},
		Data: map[string]string{"v": "1", "n": "AZsAAAAAAAAAAAAAAAAABw", "t": "0123456789abcdef", "b": "7", "x": "m"},
	})
	return err
}
