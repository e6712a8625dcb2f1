package api

import (
	"context"

	"officermobile/models"
)

// form is what a thing of the directory is made and changed with.
type form[I any] interface {
	// put is the command that makes the thing be so; a zero id is minted.
	put(id I) models.CommandBody
}

// newOf asks for a thing to be made.
type newOf[F any] struct {
	Keyed
	Body F
}

// putOf asks for a thing to be made or changed.
type putOf[I, F any] struct {
	Matched
	ID   I `path:"id"`
	Body F
}

// create makes a thing from its form.
func create[I, F any, P interface {
	*F
	form[I]
}](a *API, ctx context.Context, in *newOf[F]) (*answer[Written], error) {
	var minted I
	return a.written(ctx, in.Key, P(&in.Body).put(minted))
}

// replace makes a thing be as its form says.
func replace[I, F any, P interface {
	*F
	form[I]
}](a *API, ctx context.Context, in *putOf[I, F]) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.on(), P(&in.Body).put(in.ID))
}
