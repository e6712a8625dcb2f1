package sync

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"

	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/zstd"
)

// A snapshot is a manifest and its parts. The manifest is written first and removed last, so that no part is ever
// without one; a snapshot that lacks a part is passed over.
const (
	manifestKind store.Kind = "snapshot"
	partKind     store.Kind = "snapshot_part"

	snapshotsKept = 3       // the newest may be of a version that is being rolled back
	partBytes     = 3 << 20 // below store.MaxDocument, with room for a backend's own
	maxSnapshot   = 2 << 30 // bytes that a snapshot may unpack to
)

// manifest says what a snapshot is of and how to know that it is whole.
type manifest struct {
	Epoch   uint64      `json:"epoch,string"`
	Seq     record.Seq  `json:"seq"`
	Hash    record.Hash `json:"hash"` // of the batch that ends at Seq
	At      int64       `json:"at"`   // of the event there
	Reducer int         `json:"reducer"`
	Digest  record.Hash `json:"digest"` // of the state
	Packed  record.Hash `json:"packed"` // of the parts together
	Parts   int         `json:"parts"`
	Floor   []floorMark `json:"floor,omitzero"`
}

func snapshotID(log store.Name, seq record.Seq) string { return fmt.Sprintf("%s/%016x", log, seq) }
func partID(log store.Name, seq record.Seq, i int) string {
	return fmt.Sprintf("%s/%03d", snapshotID(log, seq), i)
}

// loadSnapshot returns the newest snapshot that is whole, of this version, and of this very log: nil if there is none.
// What is wrong with one is no reason to fail, for the log has everything; only a store that doesn't answer is.
func loadSnapshot(ctx context.Context, st store.Store, log store.Name, opts Options) (*replayed, error) {
	all, err := manifests(ctx, st, log)
	if err != nil {
		return nil, err
	}
	for _, m := range slices.Backward(all) {
		if m.Reducer != models.ReducerVersion {
			continue
		}
		hash, ok, err := hashAt(ctx, st, log, m.Seq)
		if err != nil {
			return nil, err
		}
		if !ok || hash != m.Hash {
			opts.Logger.Warn("snapshot of another log passed over", "log", log, "position", m.Seq)
			continue
		}
		state, err := unpack(ctx, st, log, m)
		if err != nil {
			opts.Logger.Warn("snapshot passed over", "log", log, "position", m.Seq, "error", err)
			continue
		}
		return &replayed{
			state: state, floor: floorPolicy{marks: m.Floor},
			chain: record.Chain{Log: string(log), Epoch: m.Epoch, Seq: m.Seq, Hash: m.Hash, At: m.At},
		}, nil
	}
	return nil, nil
}

// manifests lists a log's snapshots, the oldest first. One that can't be read is left out.
func manifests(ctx context.Context, st store.Documents, log store.Name) ([]manifest, error) {
	docs, err := st.List(ctx, manifestKind, string(log)+"/", "", store.MaxLimit)
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	var all []manifest
	for _, d := range docs {
		var m manifest
		if json.Unmarshal(d.Body, &m) == nil && snapshotID(log, m.Seq) == d.ID {
			all = append(all, m)
		}
	}
	return all, nil
}

// unpack reads a snapshot's parts and proves that they are what was written.
func unpack(ctx context.Context, st store.Documents, log store.Name, m manifest) (s *models.State, err error) {
	defer rescue(&err)
	var packed []byte
	for i := range m.Parts {
		d, err := st.Get(ctx, partKind, partID(log, m.Seq, i))
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i, err)
		}
		packed = append(packed, d.Body...)
	}
	if sha256.Sum256(packed) != m.Packed {
		return nil, errors.New("the parts are not those of the manifest")
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxSnapshot))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	plain, err := r.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(plain) != m.Digest {
		return nil, errors.New("the state does not have the manifest's digest")
	}
	state, err := models.LoadSnapshot(plain)
	if err == nil && state.Seq != m.Seq {
		err = fmt.Errorf("the state is of position %d", state.Seq)
	}
	return state, err
}

// saveSnapshot writes a replayed state as a snapshot and removes those that are no longer kept.
func saveSnapshot(ctx context.Context, st store.Documents, r *replayed) error {
	log := store.Name(r.chain.Log)
	plain, err := r.state.Snapshot()
	if err != nil {
		return err
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	packed := w.EncodeAll(plain, nil)
	m := manifest{
		Epoch: r.chain.Epoch, Seq: r.chain.Seq, Hash: r.chain.Hash, At: r.chain.At, Reducer: models.ReducerVersion,
		Digest: sha256.Sum256(plain), Packed: sha256.Sum256(packed), Parts: (len(packed) + partBytes - 1) / partBytes,
		Floor: r.floor.marks,
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := replace(ctx, st, store.Document{Kind: manifestKind, ID: snapshotID(log, m.Seq), Body: body}); err != nil {
		return err
	}
	for i, part := 0, bytes.NewBuffer(packed); part.Len() > 0; i++ {
		d := store.Document{Kind: partKind, ID: partID(log, m.Seq, i), Body: part.Next(partBytes)}
		if err := replace(ctx, st, d); err != nil {
			return err
		}
	}
	return prune(ctx, st, log)
}

// replace writes a document whatever is there: an earlier attempt at the same snapshot.
func replace(ctx context.Context, st store.Documents, d store.Document) error {
	old, err := st.Get(ctx, d.Kind, d.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("write snapshot: %w", err)
	}
	d.Version = old.Version
	if _, err := st.PutIf(ctx, d); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

// prune removes all but the newest snapshots.
func prune(ctx context.Context, st store.Documents, log store.Name) error {
	all, err := manifests(ctx, st, log)
	if err != nil {
		return err
	}
	for _, m := range all[:max(0, len(all)-snapshotsKept)] {
		for i := range m.Parts {
			if err := remove(ctx, st, partKind, partID(log, m.Seq, i)); err != nil {
				return err
			}
		}
		if err := remove(ctx, st, manifestKind, snapshotID(log, m.Seq)); err != nil {
			return err
		}
	}
	return nil
}

func remove(ctx context.Context, st store.Documents, kind store.Kind, id string) error {
	d, err := st.Get(ctx, kind, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove snapshot: %w", err)
	}
	return st.Delete(ctx, kind, id, d.Version)
}
