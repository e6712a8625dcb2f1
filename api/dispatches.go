package api

import (
	"context"
	"slices"

	"officermobile/models"
	"officermobile/models/wire"
)

// NewDispatch opens a dispatch and its conversation.
type NewDispatch struct {
	ID       models.DispatchID `json:"id,omitzero"` // minted by the client, so that a repetition is harmless; absent: the server mints it
	WorkZone models.WorkZoneID `json:"work_zone"`   // where it is; says the operational zone too
	models.Facts
}

type newDispatchInput struct {
	Keyed
	Body NewDispatch
}

func (a *API) newDispatch(ctx context.Context, in *newDispatchInput) (*answer[Written], error) {
	b := models.DispatchCreate(in.Body)
	return a.written(ctx, in.Key, &b)
}

// Dispatch is a dispatch with its tasks.
type Dispatch struct {
	wire.Dispatch
	Tasks []Item[wire.Task] `json:"tasks"` // all of its jobs
	Log   []Item[wire.Log]  `json:"log,omitzero" doc:"Notes on its record, in order; in the answer about one dispatch only."`
}

func dispatchItem(s *models.State, d *models.Dispatch) Item[Dispatch] {
	shown := Dispatch{Dispatch: wire.DispatchOf(s, d), Tasks: []Item[wire.Task]{}}
	for _, id := range d.Tasks {
		shown.Tasks = append(shown.Tasks, taskItem(s.Task(id)))
	}
	return Item[Dispatch]{ID: d.ID.String(), Rev: d.Rev, Data: shown}
}

// withLog adds the notes, which a list of dispatches does without.
func withLog(item Item[Dispatch], s *models.State, d *models.Dispatch) Item[Dispatch] {
	for _, id := range d.Log {
		item.Data.Log = append(item.Data.Log, logItem(s.LogNote(id)))
	}
	return item
}

func logItem(n *models.LogNote) Item[wire.Log] {
	return Item[wire.Log]{ID: n.ID.String(), Rev: n.Rev, Data: wire.LogOf(n)}
}

func taskItem(t *models.Task) Item[wire.Task] {
	return Item[wire.Task]{ID: t.ID.String(), Rev: t.Rev, Data: wire.TaskOf(t)}
}

// sealedItem is a dispatch that has left the panels.
func sealedItem(x *models.Sealed) Item[Dispatch] {
	shown := Dispatch{Dispatch: wire.SealedOf(x), Tasks: []Item[wire.Task]{}}
	for i := range x.Tasks {
		shown.Tasks = append(shown.Tasks, taskItem(&x.Tasks[i]))
	}
	for i := range x.Log {
		shown.Log = append(shown.Log, logItem(&x.Log[i]))
	}
	return Item[Dispatch]{ID: x.Dispatch.ID.String(), Rev: x.Dispatch.Rev, Data: shown}
}

type dispatchesInput struct {
	Paging
	Zone models.ZoneID `query:"zone" doc:"Only those of an operational zone."`
	Open bool          `query:"open" doc:"Only those that are not closed."`
}

// dispatches are those that the caller may see, the newest first.
func (a *API) dispatches(ctx context.Context, in *dispatchesInput) (*answer[List[Dispatch]], error) {
	user := exchangeOf(ctx).caller.User
	return paged(a, ctx, in.Paging, falling, func(s *models.State) []*models.Dispatch {
		all := slices.DeleteFunc(s.Dispatches(), func(d *models.Dispatch) bool {
			return in.Open && d.Closed || !in.Zone.IsZero() && d.Zone != in.Zone || !s.SeesDispatch(user, d.ID)
		})
		slices.Reverse(all)
		return all
	}, dispatchItem)
}

type dispatchInput struct {
	ID models.DispatchID `path:"id"`
}

func (a *API) dispatch(ctx context.Context, in *dispatchInput) (*tagged[Dispatch], error) {
	var item Item[Dispatch]
	there := false
	err := a.view(ctx, func(s *models.State) error {
		if there = s.Dispatch(in.ID) != nil; !there {
			return nil
		}
		if !s.SeesDispatch(exchangeOf(ctx).caller.User, in.ID) {
			return models.ErrNotFound
		}
		d := s.Dispatch(in.ID)
		item = withLog(dispatchItem(s, d), s, d)
		return nil
	})
	if err != nil || there {
		return taggedItem(item), err
	}
	ex := exchangeOf(ctx)
	caller := ex.wireCaller()
	caller.Device = ex.device() // as for the history
	x, err := a.deps.Sync.Sealed(ctx, caller, in.ID)
	if err != nil {
		return nil, err
	}
	return taggedItem(sealedItem(x)), nil
}

// DispatchUpdate corrects what it has.
type DispatchUpdate struct {
	Based
	WorkZone       *models.WorkZoneID `json:"work_zone,omitzero"` // where it is; says the operational zone too
	Category       *[]string          `json:"category,omitzero"`  // up to three levels, from the widest
	Priority       *models.Priority   `json:"priority,omitzero"`
	Location       *string            `json:"location,omitzero"` // address, or another description of the place
	IndoorLocation *string            `json:"indoor_location,omitzero" doc:"The place within a building."`
	Lat            *float64           `json:"lat,omitzero"` // WGS 84 degrees, with lon
	Lon            *float64           `json:"lon,omitzero"` // WGS 84 degrees, with lat
	Description    *string            `json:"description,omitzero"`
	CallSource     *string            `json:"call_source,omitzero"` // how the call came in, one of the agency's choices
}

type changeInput struct {
	Matched
	ID   models.DispatchID `path:"id"`
	Body DispatchUpdate
}

func (a *API) changeDispatch(ctx context.Context, in *changeInput) (*answer[Written], error) {
	b := in.Body
	return a.writtenOn(ctx, in.Key, basis{match: in.Matched.on().match, base: b.Base}, &models.DispatchChange{
		DispatchID: in.ID, WorkZone: b.WorkZone, Category: b.Category, Priority: b.Priority, Location: b.Location,
		IndoorLocation: b.IndoorLocation,
		Lat:            b.Lat, Lon: b.Lon, Description: b.Description, CallSource: b.CallSource,
	})
}

// DispatchVerb is a write about a dispatch.
type DispatchVerb struct {
	Keyed
	ID models.DispatchID `path:"id"`
}

func (a *API) closeDispatch(ctx context.Context, in *DispatchVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.DispatchClose{DispatchID: in.ID})
}

func (a *API) reopenDispatch(ctx context.Context, in *DispatchVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.DispatchReopen{DispatchID: in.ID})
}

// NewComment is what is written on joining, if anything.
type NewComment struct {
	MessageID models.MessageID `json:"message_id,omitzero"` // of the message that says the text; minted by the client, absent: by the server
	Text      string           `json:"text,omitzero"`       // said in the dispatch's conversation
}

type commentInput struct {
	DispatchVerb
	Body *NewComment
}

func (a *API) comment(ctx context.Context, in *commentInput) (*answer[Written], error) {
	cmd := &models.Comment{DispatchID: in.ID}
	if in.Body != nil {
		cmd.MessageID, cmd.Text = in.Body.MessageID, in.Body.Text
	}
	return a.written(ctx, in.Key, cmd)
}

// NewLog is a note on a dispatch's record.
type NewLog struct {
	ID   models.LogID `json:"id,omitzero"` // minted by the client, so that a repetition is harmless; absent: the server mints it
	Text string       `json:"text" minLength:"1" maxLength:"1000"`
}

type noteInput struct {
	DispatchVerb
	Body NewLog
}

func (a *API) logDispatch(ctx context.Context, in *noteInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.DispatchLog{DispatchID: in.ID, ID: in.Body.ID, Text: in.Body.Text})
}
