package sqlite

import (
	"context"
	"fmt"

	"officermobile/store"
)

// CheckHealth reads and passes once through the writer. It answers store.ErrFull while the disk is full, which a
// small write then finds out anew, and the reason once the database can no longer be written.
func (s *Store) CheckHealth(ctx context.Context) error {
	if err := s.read.PingContext(ctx); err != nil {
		return readError(ctx, "reach the database", err)
	}
	if _, err := s.Logs(ctx, "health"); err != nil {
		return err
	}
	run := func() error { return nil }
	if s.writer.full.Load() {
		run = func() error { _, err := s.writer.stmts.probe.Exec(); return err }
	}
	if a := s.writer.do(ctx, 0, run); a.err != nil {
		return fmt.Errorf("write to the database: %w", a.err)
	}
	if s.writer.full.Load() {
		return store.ErrFull
	}
	return nil
}
