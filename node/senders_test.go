package node_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/config"
	"officermobile/models/record"
	"officermobile/node"
	"officermobile/push"
	"officermobile/push/pushtest"
)

// keyring is a folder with the credentials of simulated providers, as an operator keeps them.
type keyring struct {
	t      *testing.T
	folder string
	env    []string
}

func newKeyring(t *testing.T, services *pushtest.Services) *keyring {
	t.Helper()
	k, c := &keyring{t: t, folder: t.TempDir()}, services.Config()
	k.write("ca.pem", c.CA)
	k.write("apns.p8", c.APNs.Key)
	k.write("fcm.json", c.FCM.ServiceAccount)
	k.write("web.pem", c.Web.Key)
	for name, value := range map[string]string{
		"APNS_KEY_FILE": k.path("apns.p8"), "APNS_KEY_ID": c.APNs.KeyID, "APNS_TEAM_ID": c.APNs.TeamID, "APNS_TOPIC": c.APNs.Topic, "APNS_ENVIRONMENT": "both",
		"APNS_TEST_HOST": strings.TrimPrefix(c.APNs.URL, "https://"), "APNS_TEST_CA_FILE": k.path("ca.pem"),
		"FCM_SERVICE_ACCOUNT_FILE": k.path("fcm.json"), "FCM_TEST_ENDPOINT": c.FCM.URL, "FCM_TEST_CA_FILE": k.path("ca.pem"),
		"WEB_KEY_FILE": k.path("web.pem"), "WEB_SUBJECT": c.Web.Subject, "WEB_TEST_ENDPOINT": c.Web.URL, "WEB_TEST_CA_FILE": k.path("ca.pem"),
	} {
		k.env = append(k.env, "OFFICERMOBILE_PUSH_"+name+"="+value)
	}
	return k
}

func (k *keyring) path(name string) string { return filepath.Join(k.folder, name) }

func (k *keyring) write(name string, content []byte) {
	k.t.Helper()
	if err := os.WriteFile(k.path(name), content, 0o600); err != nil {
		k.t.Fatal(err)
	}
}

func (k *keyring) read() (config.Config, error) {
	c, _, err := config.Load("", k.env)
	return c, err
}

// open makes the clients of what the folder holds.
func (k *keyring) open(logger *slog.Logger) node.Senders {
	k.t.Helper()
	c, err := k.read()
	if err != nil {
		k.t.Fatal(err)
	}
	s, err := node.NewSenders(c.Push, logger)
	if err != nil {
		k.t.Fatal(err)
	}
	return s
}

// anotherKey is a key on P-256 that no provider knows.
func anotherKey(t *testing.T) []byte {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

var (
	anApple   = push.Address{Kind: push.APNs, Environment: push.Production}
	aSandbox  = push.Address{Kind: push.APNs, Environment: push.Sandbox}
	anAndroid = push.Address{Kind: push.FCMToken}
	aBrowser  = push.Address{Kind: push.WebPush}
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	services, err := pushtest.Start(pushtest.Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(services.Close)
	right := services.Config().APNs.Key

	t.Run("R61 a key that is changed on the disk is in use without a restart", func(t *testing.T) {
		k := newKeyring(t, services)
		k.write("apns.p8", anotherKey(t))
		s := k.open(slog.New(slog.DiscardHandler))
		defer s.Close()
		a := services.NewDevice(push.APNs)
		ring := func() push.Result {
			return s.Of(a).Send(t.Context(), push.Notification{
				ID: record.UUID{6: 0x70, 8: 0x80}, Address: a, Class: push.Message, ThreadTag: "0123456789abcdef", CollapseTag: "0123456789abcdef", Expires: time.Now().Add(time.Hour),
			})
		}
		if got := ring(); got.Outcome != push.AuthTrouble {
			t.Fatalf("with a key that Apple does not know: %+v", got)
		}
		k.write("apns.p8", right)
		cfg, err := k.read()
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		if err := s.Now(cfg.Push, func() { told++ }); err != nil {
			t.Fatal(err)
		}
		if got := ring(); got.Outcome != push.Accepted || told != 1 {
			t.Errorf("with the right key: %+v, the breakers were told %d times", got, told)
		}
	})
	t.Run("R61 what can't be used changes nothing and is told, and what did not change stays", func(t *testing.T) {
		k := newKeyring(t, services)
		synctest.Test(t, func(t *testing.T) {
			var logs bytes.Buffer
			s := k.open(slog.New(slog.NewTextHandler(&logs, nil)))
			defer s.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer synctest.Wait()
			defer cancel()
			told := 0
			go s.Watch(ctx, k.read, func() { told++ })
			later := func() {
				<-time.After(time.Minute)
				synctest.Wait()
			}
			before := map[push.Address]push.Sender{}
			for _, a := range []push.Address{anApple, aSandbox, anAndroid, aBrowser} {
				before[a] = s.Of(a)
			}
			same := func(want bool, all ...push.Address) {
				t.Helper()
				for _, a := range all {
					if got := s.Of(a) == before[a]; got != want || s.Of(a) == nil {
						t.Errorf("the client for %v %s is the same: %t", a, a.Environment, got)
					}
				}
			}
			if before[anApple] == before[aSandbox] {
				t.Error("sandbox and production are one client")
			}
			later()
			same(true, anApple, aSandbox, anAndroid, aBrowser)
			for _, broken := range []string{"canary", "{}", ""} {
				k.write("fcm.json", []byte(broken))
				later()
				same(true, anApple, aSandbox, anAndroid, aBrowser)
				if s.Fault() == "" || told > 0 {
					t.Errorf("%q: fault %q, told %d times", broken, s.Fault(), told)
				}
			}
			if got := strings.Count(logs.String(), "level=ERROR"); got != 3 || strings.Contains(logs.String(), "canary") {
				t.Errorf("three broken files in as many minutes are told of %d times: %s", got, &logs)
			}
			k.write("fcm.json", services.Config().FCM.ServiceAccount)
			k.write("apns.p8", anotherKey(t))
			later()
			same(false, anApple, aSandbox)
			same(true, anAndroid, aBrowser)
			if s.Fault() != "" || told != 1 {
				t.Errorf("fault %q, told %d times", s.Fault(), told)
			}
		})
	})
	t.Run("R38 a host that is not the provider's needs the settings for tests", func(t *testing.T) {
		k := newKeyring(t, services)
		cfg, err := k.read()
		if err != nil {
			t.Fatal(err)
		}
		p := cfg.Push
		p.FCM.TestEndpoint, p.FCM.TestCAFile = "", ""
		if _, err := node.NewSenders(p, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "push.fcm") {
			t.Errorf("a service account of another token service: %v", err)
		}
		for _, without := range []string{"APNS_TEST_CA_FILE", "FCM_TEST_CA_FILE", "WEB_TEST_CA_FILE"} {
			p := cfg.Push
			switch without[:3] {
			case "APN":
				p.APNs.TestCAFile = ""
			case "FCM":
				p.FCM.TestCAFile = ""
			default:
				p.Web.TestCAFile = ""
			}
			if _, err := node.NewSenders(p, slog.New(slog.DiscardHandler)); err == nil {
				t.Errorf("another host without %s is taken", without)
			}
		}
	})
}
