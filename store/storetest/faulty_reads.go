package storetest

import (
	"context"
	"time"

	"officermobile/models/record"
	"officermobile/store"
)

// Tip implements store.Log.
func (f *FaultyStore) Tip(ctx context.Context, log store.Name) (store.Tip, error) {
	if err := f.check(ctx); err != nil {
		return store.Tip{}, err
	}
	return f.inner.Tip(ctx, log)
}

// Base implements store.Log.
func (f *FaultyStore) Base(ctx context.Context, log store.Name) (record.Seq, error) {
	if err := f.check(ctx); err != nil {
		return 0, err
	}
	return f.inner.Base(ctx, log)
}

// Read implements store.Log.
func (f *FaultyStore) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	if err := f.check(ctx); err != nil {
		return nil, err
	}
	return f.inner.Read(ctx, log, after, limit)
}

// Timeline implements store.Log.
func (f *FaultyStore) Timeline(ctx context.Context, log store.Name, conversation record.UUID, from, before uint32, limit int) ([]store.Found, error) {
	if err := f.check(ctx); err != nil {
		return nil, err
	}
	return f.inner.Timeline(ctx, log, conversation, from, before, limit)
}

// Find implements store.Log.
func (f *FaultyStore) Find(ctx context.Context, log store.Name, key string) (store.Found, error) {
	if err := f.check(ctx); err != nil {
		return store.Found{}, err
	}
	return f.inner.Find(ctx, log, key)
}

// Logs implements store.Log.
func (f *FaultyStore) Logs(ctx context.Context, prefix string) ([]store.Name, error) {
	if err := f.check(ctx); err != nil {
		return nil, err
	}
	return f.inner.Logs(ctx, prefix)
}

// Get implements store.Documents.
func (f *FaultyStore) Get(ctx context.Context, kind store.Kind, id string) (store.Document, error) {
	if err := f.check(ctx); err != nil {
		return store.Document{}, err
	}
	return f.inner.Get(ctx, kind, id)
}

// List implements store.Documents.
func (f *FaultyStore) List(ctx context.Context, kind store.Kind, prefix, after string, limit int) ([]store.Document, error) {
	if err := f.check(ctx); err != nil {
		return nil, err
	}
	return f.inner.List(ctx, kind, prefix, after, limit)
}

// Due implements store.Documents.
func (f *FaultyStore) Due(ctx context.Context, kind store.Kind, before time.Time, limit int) ([]store.Document, error) {
	if err := f.check(ctx); err != nil {
		return nil, err
	}
	return f.inner.Due(ctx, kind, before, limit)
}
