package push

import "officermobile/models/doorbell"

// webBody is what the web app's service worker reads.
type webBody struct {
	Version  int    `json:"v"`
	ID       string `json:"n"`
	Step     int    `json:"a,omitzero"`
	Thread   Tag    `json:"t,omitempty"`
	Collapse Tag    `json:"c,omitempty"` // only where it differs from the thread
	Badge    int    `json:"b"`
	Class    string `json:"x"`
	Passive  bool   `json:"p,omitzero"`
	KeyID    string `json:"k,omitempty"`
	Box      string `json:"e,omitempty"`
	Sign     string `json:"s,omitempty"`
}

// BuildWebPush makes the redacted body of a notification, before it is encrypted to the browser. It answers
// ErrMalformed or ErrTooLarge, wrapped.
func BuildWebPush(n Notification) ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	b := webBody{Version: doorbell.Version, ID: n.ID.String(), Step: n.Attempt, Badge: n.Badge, Class: n.code(), Sign: n.Signature}
	if n.Class != Quiet {
		b.Thread, b.Passive = n.ThreadTag, n.Passive
		if n.CollapseTag != n.ThreadTag {
			b.Collapse = n.CollapseTag
		}
		b.KeyID, b.Box = n.Sealed.KeyID, n.Sealed.box()
	}
	return marshal(b, MaxWebBytes)
}
