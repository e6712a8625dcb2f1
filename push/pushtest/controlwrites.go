package pushtest

import (
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/push"
)

// OutageRequest is the body of POST /outage.
type OutageRequest struct {
	Provider Provider `json:"provider"` // "" for all
	In       float64  `json:"in"`       // seconds until it begins
	Seconds  float64  `json:"seconds"`  // 0 ends it
	Status   int      `json:"status"`   // 503 if 0
	Cut      bool     `json:"cut"`      // connections are cut instead
	Hole     bool     `json:"hole"`     // or fall silent
}

// FaultRequest is the body of POST /faults: a Fault, its durations in seconds.
type FaultRequest struct {
	Provider   Provider `json:"provider"`
	Token      string   `json:"token"`
	Times      int      `json:"times"`
	Chance     float64  `json:"chance"`
	Delay      float64  `json:"delay"`
	Cut        Cut      `json:"cut"`
	Status     int      `json:"status"`
	Reason     string   `json:"reason"`
	Body       string   `json:"body"`
	Empty      bool     `json:"empty"`
	Slow       float64  `json:"slow"`
	RetryAfter string   `json:"retry_after"`
	Deliver    bool     `json:"deliver"`
	GoAway     bool     `json:"go_away"`
	Code       uint32   `json:"code"`
	Debug      string   `json:"debug"`
}

// DeviceRequest is the body of POST /device: who has it, and whether it can be reached.
type DeviceRequest struct {
	Kind  push.AddressKind `json:"kind"`
	Token string           `json:"token"`
	Name  string           `json:"name"`
	Reach Reach            `json:"reach"`
}

func (s *Services) postOutage(w http.ResponseWriter, r *http.Request) {
	var o OutageRequest
	providers := []Provider{"", Apple, Google, Browsers}
	if !read(w, r, &o) || o.Seconds < 0 || o.In < 0 || !slices.Contains(providers, o.Provider) || o.Cut && o.Hole {
		http.Error(w, "an outage has a provider, in, seconds, and a status, cut or hole", http.StatusBadRequest)
		return
	}
	f := Fault{Status: o.Status}
	if o.Cut {
		f.Cut = CutBefore
	}
	if o.Hole {
		f.Cut = Hole
	}
	s.OutageIn(o.Provider, seconds(o.In), seconds(o.Seconds), f)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Services) postFault(w http.ResponseWriter, r *http.Request) {
	var f FaultRequest
	cuts := []Cut{CutNever, CutHead, CutBefore, CutAfter, CutHalfway, Hole, HoleAfter, Reset, ResetAfter, GoAwayBefore}
	if !read(w, r, &f) || !slices.Contains(cuts, f.Cut) || f.Delay < 0 || f.Slow < 0 || f.Chance < 0 || f.Chance > 1 || f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		http.Error(w, "a fault has the members of a FaultRequest", http.StatusBadRequest)
		return
	}
	s.Script(Fault{
		Provider: f.Provider, Token: f.Token, Times: f.Times, Chance: f.Chance, Delay: seconds(f.Delay), Cut: f.Cut, Status: f.Status,
		Reason: f.Reason, Body: f.Body, Empty: f.Empty, Slow: seconds(f.Slow), RetryAfter: f.RetryAfter, Deliver: f.Deliver,
		GoAway: f.GoAway, Code: f.Code, Debug: f.Debug,
	})
	w.WriteHeader(http.StatusNoContent)
}

func (s *Services) deleteFaults(w http.ResponseWriter, _ *http.Request) {
	s.ClearFaults()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Services) postAdvance(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Seconds float64 `json:"seconds"`
	}
	if !read(w, r, &body) || body.Seconds < 0 {
		http.Error(w, "time goes on by seconds", http.StatusBadRequest)
		return
	}
	s.Advance(seconds(body.Seconds))
	w.WriteHeader(http.StatusNoContent)
}

func (s *Services) postDevice(w http.ResponseWriter, r *http.Request) {
	var d DeviceRequest
	kinds := []push.AddressKind{push.APNs, push.FCMToken, push.FCMFID, push.WebPush}
	if !read(w, r, &d) || !slices.Contains(kinds, d.Kind) || d.Token == "" || !slices.Contains([]Reach{Awake, Asleep, Offline}, d.Reach) {
		http.Error(w, "a device has a kind, a token, a name and a reach", http.StatusBadRequest)
		return
	}
	a := push.Address{Kind: d.Kind, Token: d.Token, App: s.opts.Topic}
	if d.Kind == push.APNs {
		a.Environment = s.opts.Environment
	}
	s.Name(a, d.Name)
	s.SetReach(a, d.Reach)
	w.WriteHeader(http.StatusNoContent)
}

func read(w http.ResponseWriter, r *http.Request, v any) bool {
	return json.UnmarshalRead(http.MaxBytesReader(w, r.Body, maxBody), v, json.RejectUnknownMembers(true)) == nil
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
