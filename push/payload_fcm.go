package push

import (
	"strconv"
	"time"

	"officermobile/models/doorbell"
)

type fcmBody struct {
	Message fcmMessage `json:"message"`
}

type fcmMessage struct {
	Token   string     `json:"token,omitempty"`
	FID     string     `json:"fid,omitempty"`
	Data    fcmData    `json:"data"`
	Android fcmAndroid `json:"android"`
}

// fcmData has strings only: FCM refuses any other value.
type fcmData struct {
	Version  string `json:"v"`
	ID       string `json:"n"`
	Step     string `json:"a,omitempty"`
	Thread   Tag    `json:"t,omitempty"`
	Collapse Tag    `json:"c,omitempty"` // only where it differs from the thread
	Badge    string `json:"b"`
	Class    string `json:"x"`
	Passive  string `json:"p,omitempty"`
	KeyID    string `json:"k,omitempty"`
	Box      string `json:"e,omitempty"`
	Sign     string `json:"s,omitempty"`
}

type fcmAndroid struct {
	Priority string `json:"priority"`
	TTL      string `json:"ttl"`
}

// BuildFCM makes the redacted body of a notification: data only, since Android shows a notification block before the
// app could decide, and without collapse_key, which FCM throttles to one in three minutes. lifetime is in whole
// seconds. It answers ErrMalformed or ErrTooLarge, wrapped.
func BuildFCM(n Notification, lifetime time.Duration) ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	msg := fcmMessage{
		Data: fcmData{
			Version: strconv.Itoa(doorbell.Version), ID: n.ID.String(), Badge: strconv.Itoa(n.Badge), Class: n.code(), Sign: n.Signature,
		},
		Android: fcmAndroid{Priority: "high", TTL: strconv.FormatInt(int64(lifetime/time.Second), 10) + "s"},
	}
	if n.Attempt > 0 {
		msg.Data.Step = strconv.Itoa(n.Attempt)
	}
	if n.Class == Quiet || n.Passive {
		msg.Android.Priority = "normal" // high without something to see costs the app its right to high
	}
	if n.Address.Kind == FCMFID {
		msg.FID = n.Address.Token
	} else {
		msg.Token = n.Address.Token
	}
	if n.Class != Quiet {
		msg.Data.show(n)
	}
	return marshal(fcmBody{msg}, MaxFCMBytes)
}

// show adds what only a visible notification has.
func (d *fcmData) show(n Notification) {
	d.Thread = n.ThreadTag
	if n.CollapseTag != n.ThreadTag {
		d.Collapse = n.CollapseTag
	}
	if n.Passive {
		d.Passive = "1"
	}
	d.KeyID, d.Box = n.Sealed.KeyID, n.Sealed.box()
}
