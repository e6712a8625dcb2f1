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
	"slices"
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

// rung reports whether each of the addresses has rung.
func rung(services *pushtest.Services, addresses []push.Address) bool {
	rang := map[string]bool{}
	for _, e := range services.Journal(0) {
		rang[e.Token] = rang[e.Token] || e.Accepted
	}
	for _, a := range addresses {
		if !rang[a.Token] {
			return false
		}
	}
	return true
}

// echoing makes the first request to each address be cut, and the next two, a ring with its content and the same without,
// be refused by something that repeats the address, as proxies do.
func echoing(services *pushtest.Services, addresses []push.Address) {
	for _, a := range addresses {
		services.Script(pushtest.Fault{Token: a.Token, Cut: pushtest.CutBefore})
		services.Script(pushtest.Fault{Token: a.Token, Times: 2, Status: http.StatusBadRequest, Body: fmt.Sprintf(`{"reason":%[1]q,"error":{"status":%[1]q,"message":%[1]q}}`, a.Token)})
	}
}

// payloads are the words of what was sent to phones: all but the ids of notifications, by which a log may tell of one.
func payloads(t *testing.T, services *pushtest.Services) (words []string) {
	t.Helper()
	const long = 16 // what is shorter is no secret by itself
	for _, e := range services.Journal(0) {
		if !strings.HasPrefix(e.Body, "{") {
			continue // a browser's is ciphertext to its service
		}
		for word := range strings.FieldsFuncSeq(e.Body, func(r rune) bool { return strings.ContainsRune(`{}[]:,"`, r) }) {
			if len(word) >= long && word != e.Notification && !slices.Contains(ownWords, word) {
				words = append(words, word)
			}
		}
	}
	if len(words) < 2*2 { // a signature and a sealed box at each
		t.Fatalf("the payloads have the words %q alone", words)
	}
	return words
}

// ownWords of payloads are the formats'.
var ownWords = []string{"interruption-level", "mutable-content", "content-available", "time-sensitive"}

// keysOf are the server's with the providers, line by line.
func keysOf(services *pushtest.Services) (lines []string) {
	c := services.Config()
	for _, key := range [][]byte{c.APNs.Key, c.Web.Key, c.FCM.ServiceAccount} {
		for line := range strings.FieldsSeq(strings.ReplaceAll(string(key), `\n`, " ")) {
			if len(line) == 64 { // of the base64 of PEM
				lines = append(lines, line)
			}
		}
	}
	return lines
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
