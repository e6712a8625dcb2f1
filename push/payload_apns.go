package push

import "officermobile/models/doorbell"

// APNsRequest is what goes to Apple for one notification, credentials and expiry apart.
type APNsRequest struct {
	Body       []byte // the exact bytes on the wire
	PushType   string // apns-push-type
	Priority   int    // apns-priority
	CollapseID string // apns-collapse-id, "" for none
}

type apnsBody struct {
	APS     aps    `json:"aps"`
	Version int    `json:"v"`
	ID      string `json:"n"`
	Step    int    `json:"a,omitzero"`
	KeyID   string `json:"k,omitempty"`
	Box     string `json:"e,omitempty"`
	Sign    string `json:"s,omitempty"`
}

type aps struct {
	Alert            *apsAlert `json:"alert,omitzero"`
	MutableContent   int       `json:"mutable-content,omitzero"`
	ContentAvailable int       `json:"content-available,omitzero"`
	Sound            string    `json:"sound,omitempty"`
	Badge            *int      `json:"badge,omitzero"`
	ThreadID         Tag       `json:"thread-id,omitempty"`
	Level            string    `json:"interruption-level,omitempty"`
	Category         string    `json:"category,omitempty"`
}

type apsAlert struct {
	TitleKey string `json:"title-loc-key"`
	Key      string `json:"loc-key"`
}

// BuildAPNs makes the redacted request of a notification. It answers ErrMalformed or ErrTooLarge, wrapped.
func BuildAPNs(n Notification) (APNsRequest, error) {
	if err := n.check(); err != nil {
		return APNsRequest{}, err
	}
	req := APNsRequest{PushType: "alert", Priority: 10, CollapseID: string(n.CollapseTag)}
	body := apnsBody{APS: apsOf(n), Version: doorbell.Version, ID: n.ID.String(), Step: n.Attempt, Sign: n.Signature}
	switch {
	case n.Class == Quiet && n.Wake:
		req.PushType, req.Priority, req.CollapseID = "background", 5, "" // Apple: background is always 5
	case n.Class == Quiet:
		req.Priority, req.CollapseID = 5, ""
	case n.Passive:
		req.Priority = 5
	}
	if n.Class != Quiet {
		body.KeyID, body.Box = n.Sealed.KeyID, n.Sealed.box()
	}
	var err error
	req.Body, err = marshal(body, MaxAPNsBytes)
	return req, err
}

func apsOf(n Notification) aps {
	if n.Class == Quiet && n.Wake {
		return aps{ContentAvailable: 1} // and nothing else, or Apple treats it as an alert
	}
	if n.Class == Quiet {
		return aps{Badge: &n.Badge}
	}
	a := aps{
		Alert:          &apsAlert{TitleKey: "N_T", Key: locKey(n)},
		MutableContent: 1, Badge: &n.Badge, ThreadID: n.ThreadTag, Sound: "default", Level: "active", Category: category(n),
	}
	if n.Class == Emergency {
		a.Level = "time-sensitive" // "critical" needs an entitlement that Apple grants app by app
	}
	if n.Passive {
		a.Level, a.Sound = "passive", ""
	}
	return a
}

// locKey is the key of a sentence in the app. Unless the agency chose typed words, all classes share one.
func locKey(n Notification) string {
	if !n.Typed && !n.Test {
		return "N_MSG"
	}
	return "N_" + category(n)
}

func category(n Notification) string {
	switch {
	case n.Test:
		return "TEST"
	case n.Typed && n.Class == Invite:
		return "INV"
	case n.Typed && n.Class == Emergency:
		return "EMG"
	}
	return "MSG"
}
