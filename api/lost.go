package api

import (
	"context"
	"errors"

	"officermobile/auth"
	"officermobile/models"
)

// reportLost shuts a device out and orders it to erase itself (CJIS 5.13.5), for its owner or an administrator.
func (a *API) reportLost(ctx context.Context, in *DeviceVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.DeviceRevoke{DeviceID: in.ID, Wipe: true, Lost: true})
}

type wipedInput struct {
	DeviceKey string `header:"Device-Key" maxLength:"64" doc:"The key given at sign-in."`
	Body      struct {
		Refresh string `json:"refresh" maxLength:"1024" doc:"The last one that the device had: by it and its key it is recognised."`
	} `nameHint:"Wiped"`
}

// wiped takes the word of a device that proves to be one which was ordered to erase itself.
func (a *API) wiped(ctx context.Context, in *wipedInput) (*empty, error) {
	_, err := a.deps.Auth.Renew(ctx, in.Body.Refresh, in.DeviceKey)
	known := (*auth.Wiped)(nil)
	if !errors.As(err, &known) {
		if err == nil {
			err = auth.ErrSession // nobody asked it to
		}
		return nil, err
	}
	ex, c := exchangeOf(ctx), known.Caller
	ex.caller = c
	cmd := models.Command{At: models.Micros(a.opts.Clock.Now().UnixMicro()), Body: &models.DeviceWipe{DeviceID: c.Device}}
	events, err := a.deps.Writer.Do(ctx, c.Agency, cmd)
	if err != nil || len(events) == 0 {
		return &empty{}, err
	}
	e := ex.origin()
	e.What, e.Outcome, e.Seq = ex.route, "ok", uint64(events[0].Seq)
	a.deps.Audit.Note(c.Agency, e)
	return &empty{}, nil
}

type allDevicesInput struct {
	Paging
	Class   string `query:"class" enum:"phone,vehicle,console" doc:"Only devices of this class."`
	Revoked string `query:"revoked" enum:"true,false" doc:"Only those that were revoked, or that were not."`
	Lost    string `query:"lost" enum:"true,false" doc:"Only those that are lost, or that are not."`
}

func (in *allDevicesInput) wants(d *models.Device) bool {
	return (in.Class == "" || in.Class == d.Class) && flagWanted(in.Revoked, d.Revoked) && flagWanted(in.Lost, d.Lost)
}

// flagWanted holds a flag to a filter of "true", "false" or neither.
func flagWanted(filter string, is bool) bool { return filter == "" || (filter == "true") == is }

// allDevices asks the store about the addresses of one page.
func (a *API) allDevices(ctx context.Context, in *allDevicesInput) (*answer[List[Device]], error) {
	page, err := a.devicesWanted(ctx, in)
	if err != nil {
		return nil, err
	}
	for i := range page.Body.Items {
		item := &page.Body.Items[i]
		a.notePresence(ctx, item)
		if item.Data.Reach, err = a.deps.Push.Reachable(ctx, exchangeOf(ctx).caller.Agency, models.DeviceID(idOf(item.ID))); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// notePresence takes in when a device was heard of by its presence, if that is later.
func (a *API) notePresence(ctx context.Context, item *Item[Device]) {
	seen := a.deps.Sync.Presence(exchangeOf(ctx).caller.Agency, models.DeviceID(idOf(item.ID)))
	if !seen.Heard.IsZero() {
		item.Data.Heard = max(item.Data.Heard, seen.Heard.UnixMilli())
	}
}

func (a *API) devicesWanted(ctx context.Context, in *allDevicesInput) (*answer[List[Device]], error) {
	return listed(a, ctx, in.Paging, func(s *models.State) []*models.Device {
		var wanted []*models.Device
		for _, d := range s.Devices() {
			if in.wants(d) {
				wanted = append(wanted, d)
			}
		}
		return wanted
	}, func(_ *models.State, d *models.Device) Item[Device] {
		return Item[Device]{ID: d.ID.String(), Rev: d.Rev, Data: deviceOf(d)}
	})
}
