package replay

import (
	"slices"
	"time"
)

// percentile is the value that so many percent of some are not above: the nearest rank; 0 of none. It sorts.
func percentile(all []time.Duration, percent int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	rank := (len(all)*percent + 99) / 100
	return all[max(rank, 1)-1]
}
