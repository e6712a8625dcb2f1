package api

import (
	"bytes"
	"context"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// maxList bounds a page of a list.
const maxList = 200

// Item is a thing with its id and revision. Data is the same as in a sync.
type Item[T any] struct {
	ID   string `json:"id"`
	Rev  uint32 `json:"rev"`  // goes up with each change; the base to change it from
	Data T      `json:"data"` // as a row of this kind is in a sync
}

// List is a page of things by id.
type List[T any] struct {
	Items []Item[T] `json:"items"` // in the order of their ids
	Next  string    `json:"next,omitzero" doc:"Value of after for the next page; absent on the last."`
}

// Paging is taken by every list. The cursor is an id and grants nothing: who may see what is decided anew.
type Paging struct {
	After string `query:"after" maxLength:"22" doc:"The next of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" doc:"At most 200, the default."`
}

// listed answers a page of what all returns, the smallest id first, rendered under the same lock.
func listed[E, T any](a *API, ctx context.Context, p Paging, all func(*models.State) []E, render func(*models.State, E) Item[T]) (*answer[List[T]], error) {
	return paged(a, ctx, p, rising, all, render)
}

// paged is listed in any order of ids. What the cursor names may have left the list since.
func paged[E, T any](a *API, ctx context.Context, p Paging, before func(x, y record.UUID) bool, all func(*models.State) []E, render func(*models.State, E) Item[T]) (*answer[List[T]], error) {
	limit := p.Limit
	if limit == 0 {
		limit = maxList
	}
	cursor, err := record.ParseUUID(p.After)
	if err != nil && p.After != "" {
		return nil, models.Invalid("after", "is not the next of a page")
	}
	page := List[T]{Items: []Item[T]{}}
	err = a.view(ctx, func(s *models.State) error {
		for _, e := range all(s) {
			item := render(s, e)
			if p.After != "" && !before(cursor, idOf(item.ID)) {
				continue
			}
			if len(page.Items) == limit {
				page.Next = page.Items[limit-1].ID
				return nil
			}
			page.Items = append(page.Items, item)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answered(page), nil
}

func rising(x, y record.UUID) bool  { return bytes.Compare(x[:], y[:]) < 0 }
func falling(x, y record.UUID) bool { return rising(y, x) }

// idOf reads an id that the state wrote.
func idOf(text string) record.UUID {
	id, _ := record.ParseUUID(text)
	return id
}

// directoryItem is a row of the directory as a sync renders it.
func directoryItem[T any](s *models.State, kind models.RowKind, row models.Row, rev uint32) Item[T] {
	row.Kind = kind
	data, _ := wire.RowData(s, models.DirectoryScope(s.Agency.ID), row).(T)
	return Item[T]{ID: row.ID.String(), Rev: rev, Data: data}
}
