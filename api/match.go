package api

import (
	"context"
	"math"
	"strconv"
	"strings"

	"officermobile/models"
)

// Matched is the part that changes of one thing have in common. An ETag is the thing's rev in quotes, which lists and
// rows of a sync carry too.
type Matched struct {
	Keyed
	IfMatch string `header:"If-Match" pattern:"^\"[1-9][0-9]{0,9}\"$" patternDescription:"a strong ETag: the rev in quotes" doc:"Optional. The change is made only if the thing still has this ETag, which is its rev in quotes; else the answer is 412."`
}

// Based is what the caller had before them when they decided.
type Based struct {
	Base uint32 `json:"base,omitzero" doc:"Optional. The rev that was decided on; if somebody else has changed the status, assignee or facts since, the answer is 409 superseded."`
}

// basis is what a command was decided on; zero for not told.
type basis struct {
	match uint32 // must be the rev still
	base  uint32 // nothing that matters may have changed since
}

// on is the basis that the caller named.
func (m *Matched) on() basis {
	if m.IfMatch == "" {
		return basis{}
	}
	rev, err := strconv.ParseUint(strings.Trim(m.IfMatch, `"`), 10, 32)
	if err != nil { // Huma has held it to the pattern, so it is a number that nothing has been changed to yet
		rev = math.MaxUint32
	}
	return basis{match: uint32(rev)}
}

// on is nothing where there is no body.
func (b *Based) on() basis {
	if b == nil {
		return basis{}
	}
	return basis{base: b.Base}
}

// writtenOn is written for a command with a basis.
func (a *API) writtenOn(ctx context.Context, key string, on basis, body models.CommandBody) (*answer[Written], error) {
	w, err := a.write(ctx, key, on, body)
	if err != nil {
		return nil, err
	}
	return answered(w), nil
}

// tagged is an output with an ETag.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"For If-Match: the rev in quotes."`
	Body Item[T]
}

func taggedItem[T any](item Item[T]) *tagged[T] {
	return &tagged[T]{ETag: strconv.Quote(strconv.FormatUint(uint64(item.Rev), 10)), Body: item}
}
