package sync

import (
	"context"

	"officermobile/store"
)

type snapshots struct{}

func (*snapshots) began(*engine)           {}
func (*snapshots) progressed(*engine, int) {}
func (*snapshots) wait()                   {}

func loadSnapshot(context.Context, store.Store, store.Name, Options) (*replayed, error) {
	return nil, nil
}
