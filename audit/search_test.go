package audit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/trail"
	"officermobile/store/storetest"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t, newStore(t, storetest.Plan{}))
		olga, omar := models.UserID{1}, models.UserID{2}
		begin := time.Now()
		for i := range 20 {
			e := trail.Entry{User: olga, What: "put-user", Outcome: "ok"}
			if i%2 == 1 {
				e = trail.Entry{User: omar, What: "get-log", Outcome: "forbidden"}
			}
			if i == 4 {
				e.Objects = []trail.Object{{Kind: "user", ID: omar.String()}}
			}
			if err := r.Record(t.Context(), agency, e); err != nil {
				t.Fatal(err)
			}
			pass(t, time.Minute)
		}
		minute := func(n int) int64 { return begin.Add(time.Duration(n) * time.Minute).UnixMicro() }
		for name, c := range map[string]struct {
			query trail.Query
			want  int
			first uint32 // number of the newest
		}{
			"all":                    {trail.Query{}, 20, 20},
			"by whom or about":       {trail.Query{User: omar}, 11, 20},
			"what":                   {trail.Query{What: "put-user"}, 10, 19},
			"outcome":                {trail.Query{Outcome: "forbidden"}, 10, 20},
			"refused":                {trail.Query{Outcome: trail.Refused, User: olga}, 0, 0},
			"from":                   {trail.Query{From: minute(18)}, 2, 20},
			"to":                     {trail.Query{To: minute(3)}, 3, 3},
			"to, in between":         {trail.Query{To: minute(3) + 1}, 4, 4},
			"between":                {trail.Query{From: minute(5), To: minute(8)}, 3, 8},
			"before it all":          {trail.Query{To: minute(0)}, 0, 0},
			"to, far in the future":  {trail.Query{To: minute(500)}, 20, 20},
			"another's, in the past": {trail.Query{User: models.UserID{3}}, 0, 0},
		} {
			got := lines(t, r, c.query)
			if len(got) != c.want || c.want > 0 && got[0].N != c.first {
				t.Errorf("%s: got %d lines, want %d from %d: %+v", name, len(got), c.want, c.first, got)
			}
		}
		page, err := r.Search(t.Context(), models.AgencyID{8}, trail.Query{Limit: 5})
		if err != nil || len(page.Entries) != 0 || page.Next != 0 {
			t.Errorf("of another agency: got %+v, %v", page, err)
		}
		if _, err := r.Search(t.Context(), agency, trail.Query{}); models.AsError(err) == nil {
			t.Errorf("without a limit: got %v, want a refusal", err)
		}
	})
}
