package replay

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/replay/audit"
	"officermobile/replay/judge"
	"officermobile/replay/shift"
)

// What a check demands beside that nothing is wrong.
const (
	maxUnclear   = 2  // percent of verdicts on pushes
	judgedAtMost = 10 // the speed up to which so many moments can be told apart
	maxMissed    = 10 // percent of the plan's commands that may be impossible: who they are about is out of coverage
	lastRounds   = 3  // of last passes, if the log goes on meanwhile
)

// check compares everything with the log.
func (r *rehearsal) check(ctx context.Context) (Report, error) {
	report := Report{
		From: r.plan.From, Minutes: int(r.plan.To.Sub(r.plan.From).Minutes()), Speed: r.options.Speed, Seed: r.plan.Seed,
	}
	calls := newPushes(r.account.Agency, r.host.wallOf, r.devices)
	times := newDeliveries(r)
	log, size, err := r.settledLog(ctx)
	if err != nil {
		report.add("the log is whole", "", []string{err.Error()})
		return report, nil
	}
	if _, err := r.readLog(ctx, func(s *models.State, e models.Event) { calls.event(s, e); times.event(s, e) }, new(int64)); err != nil {
		return report, err
	}
	report.add("the log is whole", fmt.Sprintf("%d events in %d batches", log.Proof.Events, log.Proof.Batches), nil)
	report.add("order, dense numbers, nothing twice", fmt.Sprintf("%d conversations", len(log.Rows)), log.Problems)
	r.checkCommands(&report, log)
	if err := r.checkRows(ctx, &report, log); err != nil {
		return report, err
	}
	r.checkPushes(&report, calls)
	r.checkServer(&report)
	report.Deliveries = times.table()
	return report, r.tellCosts(ctx, &report, size)
}

// settledLog reads the log once nothing comes any more: last passes are of no use while it goes on.
func (r *rehearsal) settledLog(ctx context.Context) (*audit.Log, int64, error) {
	var size int64
	before, err := r.readLog(ctx, nil, &size)
	for range lastRounds {
		if err != nil {
			return before, size, err
		}
		if err := r.lastPasses(ctx); err != nil {
			return before, size, err
		}
		size = 0
		after, err := r.readLog(ctx, nil, &size)
		if err != nil || after.Proof.Chain == before.Proof.Chain {
			return after, size, err
		}
		before = after
	}
	return before, size, err
}

// readLog reads and proves the log, and adds up its size.
func (r *rehearsal) readLog(ctx context.Context, each func(*models.State, models.Event), size *int64) (*audit.Log, error) {
	return audit.Read(func(after record.Seq) ([]record.Batch, error) {
		batches, err := r.admin.batches(ctx, after)
		for _, b := range batches {
			*size += int64(b.Size())
		}
		return batches, err
	}, each)
}

func (r *rehearsal) checkCommands(report *Report, log *audit.Log) {
	var wrong, open []string
	outcomes := map[models.Outcome]int{}
	given := 0
	for _, d := range r.devices {
		commands := d.tap.Commands()
		given += len(commands)
		wrong = append(wrong, audit.CheckCommands(log, commands)...)
		for _, c := range commands {
			outcomes[c.Outcome]++
			if c.Outcome == "" {
				open = append(open, fmt.Sprintf("%s %d of lane %d, %s", c.Type, c.Num, c.Lane, d.name()))
			}
		}
	}
	report.add("acknowledged commands are in the log once", fmt.Sprintf("%d of %d", given-len(open), given), wrong)
	report.add("every command was decided", fmt.Sprintf("%d open", len(open)), open)
	report.tell("commands", "%d applied, %d superseded, %d rejected", outcomes[models.Applied], outcomes[models.Superseded], outcomes[models.Rejected])
	r.checkSteps(report)
}

// checkSteps holds that the plan was carried out, or all else would say little.
func (r *rehearsal) checkSteps(report *Report) {
	done, missed := r.tally.count()
	var wrong []string
	if missed*100 > maxMissed*(done+missed) || done == 0 {
		wrong = []string{fmt.Sprintf("%d of %d steps were not possible: over %d%%", missed, done+missed, maxMissed)}
	}
	report.add("the plan was carried out", fmt.Sprintf("%d commands given, %d not possible%s", done, missed, r.missedKinds()), wrong)
}

// missedKinds lists which steps were not possible, the most frequent first.
func (r *rehearsal) missedKinds() string {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	kinds := slices.SortedFunc(maps.Keys(r.tally.missed), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.tally.missed[b], r.tally.missed[a]), cmp.Compare(a, b))
	})
	var list []string
	for _, kind := range kinds {
		list = append(list, fmt.Sprintf("%s %d", kind, r.tally.missed[kind]))
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

func (r *rehearsal) checkRows(ctx context.Context, report *Report, log *audit.Log) error {
	var differ, extra []string
	rows := 0
	for _, d := range r.devices {
		diff, err := audit.Compare(ctx, log, d.user(), d.store, window)
		if err != nil {
			return fmt.Errorf("compare the rows of %s: %w", d.name(), err)
		}
		rows += diff.Rows
		for _, what := range diff.Missing {
			differ = append(differ, d.name()+" lacks "+what)
		}
		for _, what := range diff.Stale {
			differ = append(differ, d.name()+" has it otherwise: "+what)
		}
		for _, what := range diff.Extra {
			extra = append(extra, d.name()+" has "+what)
		}
	}
	report.add("devices hold what their users may see", fmt.Sprintf("%d rows on %d devices", rows, len(r.devices)), differ)
	report.add("no device holds what its user may not see", fmt.Sprintf("%d", len(extra)), extra)
	return nil
}

func (r *rehearsal) checkPushes(report *Report, calls *pushes) {
	if r.options.Providers == nil {
		return
	}
	r.newPushes()
	t := calls.judge(judge.RulesAt(r.options.Speed), r.host.outages, r.pushes)
	v := t.Verdicts
	report.add("owed pushes that no provider accepted", fmt.Sprintf("%d of %d", t.Missing, v[judge.Owed]), t.found[judge.Missing])
	report.add("pushes that were not owed", fmt.Sprintf("%d of %d", t.Unowed, t.Rings), t.found[judge.Unowed])
	report.tell("pushes", "%d accepted, %d of them repeats under one id", t.Rings, t.Repeats)
	report.tell("verdicts", "%d owed, %d not owed, %d overtaken, %d unclear, %d blind after a kill",
		v[judge.Owed], v[judge.NotOwed], v[judge.Overtaken], v[judge.Unclear], v[judge.Blind])
	r.checkUnclear(report, t)
}

// checkUnclear holds the share of verdicts that can't be told, at a speed where they can.
func (r *rehearsal) checkUnclear(report *Report, t judged) {
	unclear, judged := t.Verdicts[judge.Unclear], t.Judged()
	share := fmt.Sprintf("%.2f%% of %d", 100*float64(unclear)/float64(max(judged, 1)), judged)
	if r.options.Speed > judgedAtMost {
		report.tell("unclear verdicts", "%s (judged up to speed %d)", share, judgedAtMost)
		return
	}
	var wrong []string
	if unclear*100 > maxUnclear*judged {
		wrong = append([]string{fmt.Sprintf("%d verdicts are unclear: over %d%%", unclear, maxUnclear)}, t.found[judge.Doubtful]...)
	}
	report.add("unclear verdicts on pushes", share, wrong)
}

// checkServer holds what the server and the apps went through.
func (r *rehearsal) checkServer(report *Report) {
	want := 0
	for _, s := range r.plan.Steps {
		if _, ok := s.Do.(shift.KillServer); ok && r.options.Start != nil {
			want++
		}
	}
	var wrong []string
	if r.host.kills < want || r.host.crashes > 0 {
		wrong = []string{fmt.Sprintf("killed %d times of %d, ended by itself %d times", r.host.kills, want, r.host.crashes)}
	}
	report.add("the server came back from every kill", fmt.Sprintf("%d kills", r.host.kills), wrong)
	expired := 0
	for _, d := range r.devices {
		expired += d.expired
	}
	wrong = slices.Clone(r.complaints)
	if expired > 0 {
		wrong = append(wrong, fmt.Sprintf("%d sessions were over before their time", expired))
	}
	report.add("no session was lost and no app failed", fmt.Sprintf("%d devices", len(r.devices)), wrong)
}

func (r *rehearsal) tellCosts(ctx context.Context, report *Report, logSize int64) error {
	var total client.Counters
	var up, down, dials int64
	for _, d := range r.devices {
		total = sum(total, d.past)
		if dev := d.running(); dev != nil {
			total = sum(total, dev.Counters())
		}
		t := d.link.Traffic()
		up, down, dials = up+t.Up, down+t.Down, dials+t.Dials
	}
	n := int64(max(len(r.devices), 1))
	report.tell("per device", "%d requests, %d of them streams, %d connections, %s up, %s down",
		total.Requests/n, total.Streams/n, dials/n, kilobytes(up/n), kilobytes(down/n))
	report.tell("passes", "%d, %d of them full; %d repairs, %d forks", total.Passes, total.FullPasses, total.Repairs, total.Forks)
	report.tell("log", "%s", kilobytes(logSize))
	if r.options.Start == nil {
		return nil
	}
	if err := r.host.stop(ctx); err != nil { // what it needed is known once it has ended
		return fmt.Errorf("stop the server: %w", err)
	}
	report.tell("server", "%.1f s of processor time, %s of memory at most, %s on disk",
		r.host.cpu.Seconds(), kilobytes(r.host.memory), kilobytes(folderSize(filepath.Join(r.options.Folder, "server"))))
	return nil
}

func kilobytes(n int64) string { return fmt.Sprintf("%.1f kB", float64(n)/1000) }

func folderSize(path string) int64 {
	var total int64
	_ = fs.WalkDir(os.DirFS(path), ".", func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil // what has just gone needs no place
		}
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}
