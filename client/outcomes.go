package client

import (
	"slices"

	"officermobile/models"
)

// maxOutcomes is how many outcomes a process can be asked for: a screen asks for its latest few.
const maxOutcomes = 1024

// outcomes are the newest results of this process, in the order in which they came.
type outcomes struct {
	order []models.CommandID
	by    map[models.CommandID]models.Result
}

func (o *outcomes) add(e Entry) {
	if o.by == nil {
		o.by = map[models.CommandID]models.Result{}
	}
	if _, ok := o.by[e.ID]; !ok {
		o.order = append(o.order, e.ID)
	}
	o.by[e.ID] = models.Result{Num: e.Num, Outcome: e.Outcome, Code: e.Code, ID: e.ID}
	if len(o.order) > maxOutcomes {
		delete(o.by, o.order[0])
		o.order = slices.Delete(o.order, 0, 1)
	}
}

// Result is what became of a command, as far as this process has heard: false if it is not decided yet, or was decided
// before this process began.
func (d *Device) Result(id models.CommandID) (models.Result, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.outcomes.by[id]
	return r, ok
}
