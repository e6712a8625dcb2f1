package pushtest

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Apple's limits on a request.
const (
	appleBytes    = 4096
	voipBytes     = 5120
	appleCollapse = 64
)

var (
	applePath = regexp.MustCompile(`^/3/device/([^/]*)$`)
	uuidForm  = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	hexForm   = regexp.MustCompile(`^([0-9a-fA-F]{2}){32,100}$`)
)

// pushType is what goes with an apns-push-type: what its topic has after the bundle id, and its priorities.
type pushType struct {
	suffix     string
	priorities []string
}

// pushTypes are Apple's, those of device management apart, whose topics are of certificates.
func pushTypes(name string) (pushType, bool) {
	any := []string{"10", "5", "1"}
	t, ok := map[string]pushType{
		"alert":        {"", any},
		"background":   {"", []string{"5"}}, // "specifying priority 10 is an error"
		"voip":         {".voip", any},
		"complication": {".complication", any},
		"fileprovider": {".pushkit.fileprovider", any},
		"location":     {".location-query", any},
		"liveactivity": {".push-type.liveactivity", any},
		"pushtotalk":   {".voip-ptt", []string{"10"}},
	}[name]
	return t, ok
}

// appleHeaders names the first rule of headers that is broken.
func (s *Services) appleHeaders(h http.Header) (reason string) {
	for name, values := range h {
		if strings.HasPrefix(name, "Apns-") && len(values) > 1 {
			return "DuplicateHeaders"
		}
	}
	kind, known := pushTypes(h.Get("Apns-Push-Type"))
	topic, id := h.Get("Apns-Topic"), h.Get("Apns-Id")
	switch {
	case id != "" && !uuidForm.MatchString(id):
		return "BadMessageId"
	case topic == "":
		return "MissingTopic"
	case topic != s.opts.Topic && !strings.HasPrefix(topic, s.opts.Topic+"."):
		return "TopicDisallowed"
	case !known:
		return "InvalidPushType"
	case topic != s.opts.Topic+kind.suffix:
		return "TopicDisallowed"
	case !slices.Contains(kind.priorities, orElse(h.Get("Apns-Priority"), "10")):
		return "BadPriority"
	case len(h.Get("Apns-Collapse-Id")) > appleCollapse:
		return "BadCollapseId"
	}
	if e := h.Get("Apns-Expiration"); e != "" {
		if _, err := strconv.ParseUint(e, 10, 63); err != nil {
			return "BadExpirationDate"
		}
	}
	return ""
}

// applePayload is the most bytes of a body.
func applePayload(h http.Header) int {
	if h.Get("Apns-Push-Type") == "voip" {
		return voipBytes
	}
	return appleBytes
}

type applePayloadBody struct {
	APS map[string]any `json:"aps"`
	ID  string         `json:"n"`
	Box string         `json:"e"`
}

// appleBody judges the payload. What is no JSON object is as good as empty.
func appleBody(pushType string, body []byte) (reason string) {
	var p applePayloadBody
	if json.Unmarshal(body, &p) != nil || len(p.APS) == 0 {
		return "PayloadEmpty"
	}
	if pushType == "background" && (len(p.APS) != 1 || p.APS["content-available"] != 1.0) {
		return "InvalidPushType"
	}
	return ""
}
