package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"officermobile/store"
)

// Get implements store.Documents.
func (s *Store) Get(ctx context.Context, kind store.Kind, id string) (store.Document, error) {
	if err := errors.Join(kind.Check(), store.CheckID(id)); err != nil {
		return store.Document{}, err
	}
	d, err := scanDocument(s.stmts.get.QueryRowContext(ctx, string(kind), id), kind)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Document{}, store.ErrNotFound
	}
	if err != nil {
		return store.Document{}, readError(ctx, "get a document", err)
	}
	return d, nil
}

// PutIf implements store.Documents.
func (s *Store) PutIf(ctx context.Context, d store.Document) (uint64, error) {
	if err := d.Check(); err != nil {
		return 0, err
	}
	if d.Body == nil {
		d.Body = []byte{}
	}
	var put bool
	a := s.writer.do(ctx, len(d.Body), func() (err error) {
		put, err = s.writer.put(d)
		return err
	})
	if a.err != nil {
		return 0, fmt.Errorf("put a document: %w", a.err)
	}
	if !put {
		return 0, store.ErrVersion
	}
	return d.Version + 1, nil
}

func (w *writer) put(d store.Document) (bool, error) {
	if d.Version == 0 {
		return changed(w.stmts.addDocument.Exec(string(d.Kind), d.ID, dueColumn(d.Due), d.Body))
	}
	return changed(w.stmts.setDocument.Exec(dueColumn(d.Due), d.Body, string(d.Kind), d.ID, int64(d.Version)))
}

// PutAll implements store.Documents. Here it is one transaction: all or nothing.
func (s *Store) PutAll(ctx context.Context, docs []store.Document) error {
	if err := store.CheckPutAll(docs); err != nil || len(docs) == 0 {
		return err
	}
	size := 0
	for _, d := range docs {
		size += len(d.Body)
	}
	if a := s.writer.do(ctx, size, func() error { return s.writer.putAll(docs) }); a.err != nil {
		return fmt.Errorf("put documents: %w", a.err)
	}
	return nil
}

func (w *writer) putAll(docs []store.Document) error {
	for _, d := range docs {
		if d.Body == nil {
			d.Body = []byte{}
		}
		if _, err := w.stmts.putDocument.Exec(string(d.Kind), d.ID, dueColumn(d.Due), d.Body); err != nil {
			return err
		}
	}
	return nil
}

// Delete implements store.Documents.
func (s *Store) Delete(ctx context.Context, kind store.Kind, id string, version uint64) error {
	if err := errors.Join(kind.Check(), store.CheckID(id)); err != nil {
		return err
	}
	var gone bool
	a := s.writer.do(ctx, 0, func() (err error) {
		gone, err = s.writer.delete(kind, id, version)
		return err
	})
	if a.err != nil {
		return fmt.Errorf("delete a document: %w", a.err)
	}
	if !gone {
		return store.ErrVersion
	}
	return nil
}

// delete reports whether the document is gone, be it that it was never there.
func (w *writer) delete(kind store.Kind, id string, version uint64) (bool, error) {
	if deleted, err := changed(w.stmts.deleteDocument.Exec(string(kind), id, int64(version))); deleted || err != nil {
		return deleted, err
	}
	var other uint64
	err := w.stmts.version.QueryRow(string(kind), id).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return false, err
}

// changed reports whether a statement changed a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// List implements store.Documents.
func (s *Store) List(ctx context.Context, kind store.Kind, prefix, after string, limit int) ([]store.Document, error) {
	if err := errors.Join(kind.Check(), store.CheckIDPrefix(prefix), store.CheckIDPrefix(after), store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	if after < prefix {
		return s.documents(ctx, kind, s.stmts.listFrom, string(kind), prefix, prefix+pastEnd, limit)
	}
	return s.documents(ctx, kind, s.stmts.list, string(kind), after, prefix+pastEnd, limit)
}

// Due implements store.Documents.
func (s *Store) Due(ctx context.Context, kind store.Kind, before time.Time, limit int) ([]store.Document, error) {
	if err := errors.Join(kind.Check(), store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	return s.documents(ctx, kind, s.stmts.due, string(kind), before.UnixMilli(), limit)
}

func (s *Store) documents(ctx context.Context, kind store.Kind, stmt *sql.Stmt, args ...any) ([]store.Document, error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, readError(ctx, "list documents", err)
	}
	defer rows.Close()
	var found []store.Document
	for rows.Next() {
		d, err := scanDocument(rows, kind)
		if err != nil {
			return nil, readError(ctx, "list documents", err)
		}
		found = append(found, d)
	}
	if err := rows.Err(); err != nil {
		return nil, readError(ctx, "list documents", err)
	}
	return found, nil
}

func scanDocument(row interface{ Scan(...any) error }, kind store.Kind) (store.Document, error) {
	d := store.Document{Kind: kind}
	var due sql.NullInt64
	if err := row.Scan(&d.ID, &d.Version, &due, &d.Body); err != nil {
		return d, err
	}
	if due.Valid {
		d.Due = time.UnixMilli(due.Int64).UTC()
	}
	return d, nil
}

// dueColumn is the stored form of a due time.
func dueColumn(due time.Time) any {
	if due.IsZero() {
		return nil
	}
	return due.UnixMilli()
}
