package push_test

import (
	"fmt"
	"strings"
	"testing"

	"officermobile/push"
)

func TestClassifyAPNs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		reason string
		want   push.Outcome
	}{
		{200, "", push.Accepted},
		{400, "BadDeviceToken", push.TokenDead},
		{400, "DeviceTokenNotForTopic", push.TokenDead},
		{400, "TopicDisallowed", push.ConfigTrouble},
		{400, "BadTopic", push.ConfigTrouble},
		{400, "MissingTopic", push.ConfigTrouble},
		{400, "BadCollapseId", push.OurBug},
		{400, "BadExpirationDate", push.OurBug},
		{400, "BadMessageId", push.OurBug},
		{400, "BadPriority", push.OurBug},
		{400, "DuplicateHeaders", push.OurBug},
		{400, "InvalidPushType", push.OurBug},
		{400, "PayloadEmpty", push.OurBug},
		{400, "MissingDeviceToken", push.OurBug},
		{400, "IdleTimeout", push.TryAgain},
		{400, "SomethingNew", push.OurBug},
		{400, "Unregistered", push.OurBug}, // under the wrong status a word is not Apple's
		{401, "", push.AuthTrouble},
		{403, "ExpiredProviderToken", push.AuthTrouble},
		{403, "InvalidProviderToken", push.AuthTrouble},
		{403, "MissingProviderToken", push.AuthTrouble},
		{403, "BadCertificate", push.AuthTrouble},
		{403, "BadCertificateEnvironment", push.AuthTrouble},
		{403, "BadEnvironmentKeyInToken", push.AuthTrouble},
		{403, "Forbidden", push.OurBug},
		{404, "BadPath", push.OurBug},
		{404, push.ReasonNotJSON, push.ConfigTrouble},
		{405, "MethodNotAllowed", push.OurBug},
		{407, push.ReasonNotJSON, push.ConfigTrouble},
		{410, "Unregistered", push.TokenDead},
		{410, "ExpiredToken", push.TokenDead},
		{410, push.ReasonNotJSON, push.ConfigTrouble}, // a proxy's
		{413, "PayloadTooLarge", push.OurBug},
		{429, "TooManyRequests", push.Limited},
		{429, "TooManyProviderTokenUpdates", push.AuthTrouble},
		{429, push.ReasonNotJSON, push.Limited},
		{500, "InternalServerError", push.TryAgain},
		{502, push.ReasonNotJSON, push.TryAgain},
		{503, "ServiceUnavailable", push.TryAgain},
		{503, "Shutdown", push.TryAgain},
		{503, push.ReasonNotJSON, push.TryAgain},
		{302, push.ReasonNotJSON, push.ConfigTrouble},
		{204, "", push.ConfigTrouble},
	} {
		t.Run(fmt.Sprintf("R22 %d %s", c.status, c.reason), func(t *testing.T) {
			if got := push.ClassifyAPNs(c.status, c.reason); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// What push services of browsers have in common: RFC 8030, section 5, and RFC 8292.
func TestClassifyWeb(t *testing.T) {
	t.Parallel()
	const page = "<html>a proxy's</html>"
	for _, c := range []struct {
		status int
		body   string
		want   push.Outcome
		reason string
	}{
		{200, "", push.Accepted, ""},
		{201, "", push.Accepted, ""},
		{202, "", push.Accepted, ""},
		{302, "", push.ConfigTrouble, push.ReasonNotJSON},
		{400, "bad", push.OurBug, "BadRequest"},
		{401, "", push.AuthTrouble, "Unauthorized"},
		{403, "BadJwtToken", push.AuthTrouble, "Forbidden"},
		{403, "the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions", push.TokenDead, "WrongVapidKey"},
		{403, page, push.ConfigTrouble, push.ReasonNotJSON},
		{404, "", push.TokenDead, "NotFound"},
		{404, page, push.ConfigTrouble, push.ReasonNotJSON},
		{405, "", push.ConfigTrouble, "MethodNotAllowed"},
		{407, "", push.ConfigTrouble, "ProxyAuthenticationRequired"},
		{410, "", push.TokenDead, "Gone"},
		{410, page, push.ConfigTrouble, push.ReasonNotJSON},
		{413, "", push.OurBug, "RequestEntityTooLarge"},
		{429, "", push.Limited, "TooManyRequests"},
		{500, "", push.TryAgain, "InternalServerError"},
		{502, page, push.TryAgain, push.ReasonNotJSON},
		{503, "", push.TryAgain, "ServiceUnavailable"},
	} {
		t.Run(fmt.Sprintf("R22 %d %.20s of a browser's service", c.status, c.body), func(t *testing.T) {
			if got, reason := push.ClassifyWeb(c.status, c.body); got != c.want || reason != c.reason {
				t.Errorf("got %v %q, want %v %q", got, reason, c.want, c.reason)
			}
		})
	}
}

const (
	fcmError   = `{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":`
	badRequest = `{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":`
	quota      = `{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"subject":`
)

func TestFCMAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   push.Outcome
		reason string
	}{
		{"accepted", 200, `{"name":"projects/p/messages/1"}`, push.Accepted, ""},
		{"bad token, by field", 400, fcm("INVALID_ARGUMENT", "x", fcmError+`"INVALID_ARGUMENT"}`, badRequest+`"message.token"}]}`), push.TokenDead, "INVALID_ARGUMENT"},
		{"bad fid, by field", 400, fcm("INVALID_ARGUMENT", "x", fcmError+`"INVALID_ARGUMENT"}`, badRequest+`"message.fid"}]}`), push.TokenDead, "INVALID_ARGUMENT"},
		{"bad token, by text", 400, fcm("INVALID_ARGUMENT", "The registration token is not a valid FCM registration token", fcmError+`"INVALID_ARGUMENT"}`), push.TokenDead, "INVALID_ARGUMENT"},
		{"bad token without FcmError", 400, fcm("INVALID_ARGUMENT", "x", badRequest+`"message.token"}]}`), push.OurBug, "INVALID_ARGUMENT"},
		{"another field", 400, fcm("INVALID_ARGUMENT", "x", fcmError+`"INVALID_ARGUMENT"}`, badRequest+`"message.data"}]}`), push.OurBug, "INVALID_ARGUMENT"},
		{"too big, no details", 400, fcm("INVALID_ARGUMENT", "too big"), push.OurBug, "INVALID_ARGUMENT"},
		{"third party", 401, fcm("UNAUTHENTICATED", "x", fcmError+`"THIRD_PARTY_AUTH_ERROR"}`), push.ConfigTrouble, "THIRD_PARTY_AUTH_ERROR"},
		{"unauthenticated", 401, fcm("UNAUTHENTICATED", "x"), push.AuthTrouble, "UNAUTHENTICATED"},
		{"another sender's", 403, fcm("PERMISSION_DENIED", "x", fcmError+`"SENDER_ID_MISMATCH"}`), push.TokenDead, "SENDER_ID_MISMATCH"},
		{"permission", 403, fcm("PERMISSION_DENIED", "x"), push.ConfigTrouble, "PERMISSION_DENIED"},
		{"unregistered", 404, fcm("NOT_FOUND", "x", fcmError+`"UNREGISTERED"}`), push.TokenDead, "UNREGISTERED"},
		{"no such project", 404, fcm("NOT_FOUND", "x"), push.ConfigTrouble, "NOT_FOUND"},
		{"a page", 404, `<html>UNREGISTERED</html>`, push.ConfigTrouble, push.ReasonNotJSON},
		{"another type's code", 404, fcm("NOT_FOUND", "x", `{"@type":"type.googleapis.com/other","errorCode":"UNREGISTERED"}`), push.ConfigTrouble, "NOT_FOUND"},
		{"quota", 429, fcm("RESOURCE_EXHAUSTED", "x", fcmError+`"QUOTA_EXCEEDED"}`), push.Limited, "QUOTA_EXCEEDED"},
		{"internal", 500, fcm("INTERNAL", "x", fcmError+`"INTERNAL"}`), push.TryAgain, "INTERNAL"},
		{"bad gateway", 502, `<html>`, push.TryAgain, push.ReasonNotJSON},
		{"unavailable", 503, fcm("UNAVAILABLE", "x", fcmError+`"UNAVAILABLE"}`), push.TryAgain, "UNAVAILABLE"},
		{"gateway timeout", 504, ``, push.TryAgain, push.ReasonNotJSON},
		{"redirect", 302, ``, push.ConfigTrouble, push.ReasonNotJSON},
		{"proxy", 407, ``, push.ConfigTrouble, push.ReasonNotJSON},
		{"teapot", 418, ``, push.OurBug, push.ReasonNotJSON},
	} {
		t.Run("R22 "+c.name, func(t *testing.T) {
			a := push.ParseFCM(c.status, []byte(c.body))
			if got := a.Outcome(); got != c.want || a.Reason() != c.reason {
				t.Errorf("got %v %q, want %v %q", got, a.Reason(), c.want, c.reason)
			}
		})
	}
}

func fcm(state, message string, details ...string) string {
	body := `{"error":{"code":1,"status":"` + state + `","message":"` + message + `","details":[`
	for i, d := range details {
		if i > 0 {
			body += ","
		}
		body += d
	}
	return body + `]}}`
}

func TestFCMLimitOfOneDevice(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]bool{"device:": true, "device:abc": true, "project:p": false, "": false} {
		a := push.ParseFCM(429, []byte(fcm("RESOURCE_EXHAUSTED", "x", quota+`"`+subject+`"}]}`)))
		if got := a.ForDevice(); got != want {
			t.Errorf("%q: got %v, want %v", subject, got, want)
		}
	}
}

func TestCleanReason(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"BadDeviceToken": "BadDeviceToken", "QUOTA_EXCEEDED": "QUOTA_EXCEEDED",
		"TooManyProviderTokenUpdates": "TooManyProviderTokenUpdates", strings.Repeat("0a", 32): push.ReasonNotJSON, "dEviceFID01_abcdefghij": push.ReasonNotJSON,
		"": push.ReasonNotJSON, "see /3/device/abc": push.ReasonNotJSON, "a\nb": push.ReasonNotJSON,
	} {
		if got := push.CleanReason(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzParseFCM(f *testing.F) {
	f.Add(404, []byte(fcm("NOT_FOUND", "x", fcmError+`"UNREGISTERED"}`)))
	f.Add(502, []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a := push.ParseFCM(status, body)
		if a.Outcome() == push.TokenDead && a.Code == "" {
			t.Errorf("a token died without FcmError: %d %s", status, body)
		}
		if a.Outcome() == 0 || len(a.Reason()) > 64 {
			t.Errorf("%v %q", a.Outcome(), a.Reason())
		}
	})
}
