package main_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// reach registers an address, which is a secret from then on.
func (b *birds) reach(bearer, device string, a push.Address) {
	b.t.Helper()
	address := map[string]any{"kind": a.Kind, "token": a.Token, "app": a.App}
	if a.Environment != "" {
		address["environment"] = a.Environment
	}
	b.secrets = append(b.secrets, a.Token)
	if a.Kind == push.WebPush {
		address["keys"] = map[string]string{"p256dh": a.Keys.P256DH, "auth": a.Keys.Auth}
		b.secrets = append(b.secrets, a.Keys.P256DH, a.Keys.Auth)
	}
	body, err := json.Marshal(address)
	if err != nil {
		b.t.Fatal(err)
	}
	b.must(bearer, "PUT", "/v1/devices/"+device+"/address", string(body))
	b.must(bearer, "PUT", "/v1/presence", `{"state":"background","report":1}`)
}

// keyed registers a key, and fetches in vain; the fetch token is a secret from then on.
func (b *birds) keyed(bearer, device string) {
	b.t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	key := base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes())
	token := b.must(bearer, "PUT", "/v1/devices/"+device+"/push-keys", fmt.Sprintf(`{"key":%q}`, key))["fetch_token"].(string)
	b.secrets = append(b.secrets, token, token[len(token)-40:])
	for _, by := range []string{token, b.bird("fetchtoken"), token[1:]} {
		b.ask(by, "GET", "/v1/push/"+b.bird("notification"), "")
		b.ask(by, "GET", "/v1/push/"+newTextID(), "")
	}
	b.ask(bearer, "PUT", "/v1/devices/"+device+"/push-keys", fmt.Sprintf(`{"key":%q}`, b.bird("key")))
}

// notStored looks for addresses in the bytes of a stopped server's database.
func (b *birds) notStored(folder string, addresses []push.Address) {
	b.t.Helper()
	var all []byte
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, name := range files {
		if filepath.Base(name) == "push.key" {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			b.t.Fatal(err)
		}
		all = append(all, content...)
	}
	if !bytes.Contains(all, []byte("push_address")) {
		b.t.Fatal("no address is stored: nothing was looked at")
	}
	for _, a := range addresses {
		for _, secret := range []string{a.Token, a.Keys.Auth, a.Keys.P256DH} {
			if secret != "" && bytes.Contains(all, []byte(secret)) {
				b.t.Errorf("R56 the store's files hold something of a %v", a)
			}
		}
	}
}

// rung reports whether each of the addresses has been rung.
func rung(services *pushtest.Services, addresses []push.Address) bool {
	rang := map[string]bool{}
	for _, e := range services.Journal(0) {
		rang[e.Token] = true
	}
	for _, a := range addresses {
		if !rang[a.Token] {
			return false
		}
	}
	return true
}

// pushed is what the providers were given, without what they gave out themselves.
func pushed(services *pushtest.Services, addresses []push.Address) string {
	var all strings.Builder
	for _, e := range services.Journal(0) {
		text := fmt.Sprint(e.Header, e.Body)
		for _, a := range addresses {
			text = strings.ReplaceAll(text, a.Token, "")
		}
		fmt.Fprintln(&all, text)
	}
	return all.String()
}

// collect is a collector of traces that keeps what it is sent, byte by byte.
func collect(t *testing.T) (endpoint string, sent *log) {
	t.Helper()
	sent = &log{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(sent, r.Body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, sent
}
