package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// journalBytes is written before anything is measured and then written over in a circle, so that a flush is of data
// alone and not of a growing file: the least that a durable commit can cost on the disk.
const journalBytes = 16 << 20

// journal is a file that many write to and that is flushed for all who wait at once.
type journal struct {
	file *os.File

	mu      sync.Mutex
	queue   []byte
	waiters []chan error
	closed  bool

	wake chan struct{} // capacity 1
	done chan struct{}
}

func openJournal(folder string) (*journal, error) {
	f, err := os.Create(filepath.Join(folder, "baseline.journal"))
	if err != nil {
		return nil, fmt.Errorf("make the baseline's journal: %w", err)
	}
	if _, err := f.Write(make([]byte, journalBytes)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	j := &journal{file: f, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go j.run()
	return j, nil
}

// commit answers when b is on the disk.
func (j *journal) commit(b []byte) error {
	done := make(chan error, 1)
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return os.ErrClosed
	}
	j.queue = append(j.queue, b...)
	j.waiters = append(j.waiters, done)
	j.mu.Unlock()
	j.nudge()
	return <-done
}

func (j *journal) nudge() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// run writes what has queued while the last flush was under way.
func (j *journal) run() {
	defer close(j.done)
	var at int64
	var spare []byte
	for range j.wake {
		j.mu.Lock()
		data, waiters, closed := j.queue, j.waiters, j.closed
		j.queue, j.waiters = spare[:0], nil
		j.mu.Unlock()
		if len(waiters) > 0 {
			if at+int64(len(data)) > journalBytes {
				at = 0
			}
			err := j.write(data, at)
			at += int64(len(data))
			for _, w := range waiters {
				w <- err
			}
		}
		spare = data
		if closed {
			return
		}
	}
}

func (j *journal) write(data []byte, at int64) error {
	if _, err := j.file.WriteAt(data, at); err != nil {
		return err
	}
	return flush(j.file)
}

// close commits what waits and closes the file.
func (j *journal) close() error {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.nudge()
	<-j.done
	return j.file.Close()
}
