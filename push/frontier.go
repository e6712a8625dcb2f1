package push

import (
	"sort"
	"sync"

	"officermobile/models/record"
)

// frontier knows how far the log is decided: the durable position may be any position with nothing open at or below.
// What is open is in memory only, and is decided again from the log after a crash.
type frontier struct {
	mu    sync.Mutex
	read  record.Seq // of the last event classified
	marks []mark     // events with something open, and decided ones between them; by seq
	total int        // of what is open
}

type mark struct {
	seq  record.Seq
	open int
}

// note says that the log is classified up to seq.
func (f *frontier) note(seq record.Seq) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read = max(f.read, seq)
}

// open adds n undecided things to an event. Events come in order.
func (f *frontier) open(seq record.Seq, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total += n
	if last := len(f.marks) - 1; last >= 0 && f.marks[last].seq == seq {
		f.marks[last].open += n
		return
	}
	f.marks = append(f.marks, mark{seq, n})
}

// close says that one thing of each event is decided: suppressed, or durable in the outbox.
func (f *frontier) close(seqs ...record.Seq) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, seq := range seqs {
		i := sort.Search(len(f.marks), func(i int) bool { return f.marks[i].seq >= seq })
		if i < len(f.marks) && f.marks[i].seq == seq && f.marks[i].open > 0 {
			f.marks[i].open--
			f.total--
		}
	}
	done := 0
	for done < len(f.marks) && f.marks[done].open == 0 {
		done++
	}
	f.marks = f.marks[done:]
}

// position is the last one with nothing open at or below.
func (f *frontier) position() record.Seq {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.marks) > 0 {
		return f.marks[0].seq - 1
	}
	return f.read
}

// undecided is how much is open.
func (f *frontier) undecided() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}
