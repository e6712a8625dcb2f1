package judge_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/replay/judge"
)

// at is a time of these tests, in milliseconds; the rules are those of real time.
func at(ms int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

// said is an exchange that was answered in 10 ms.
func said(ms int, report uint64, state models.PresenceState, position int) judge.Exchange {
	return judge.Exchange{Arrived: at(ms), Answered: at(ms + 10), OK: true, Report: report, State: state, Position: position}
}

func unanswered(x judge.Exchange) judge.Exchange {
	x.Answered, x.OK = time.Time{}, false
	return x
}

const (
	fore = models.Foreground
	back = models.Background
)

func TestJudge(t *testing.T) {
	t.Parallel()
	posted := func(class judge.Class, has int) judge.Call {
		return judge.Call{Seq: 9, Class: class, Posted: at(100_000), Has: has}
	}
	looking := said(90_000, 1, fore, 4)
	tests := []struct {
		name      string
		call      judge.Call
		exchanges []judge.Exchange
		outages   []judge.Outage
		want      judge.Verdict
	}{
		{"never heard", posted(judge.Message, judge.Never), nil, nil, judge.Owed},
		{"confirmed in the foreground", posted(judge.Message, 5), []judge.Exchange{looking, said(102_000, 2, fore, 5)}, nil, judge.NotOwed},
		{"an earlier position is no confirmation", posted(judge.Message, 6), []judge.Exchange{looking, said(102_000, 2, fore, 5)}, nil, judge.Owed},
		{"not confirmed in the foreground", posted(judge.Message, judge.Never), []judge.Exchange{looking}, nil, judge.Owed},
		{"confirmed long after the deadline", posted(judge.Message, 5), []judge.Exchange{looking, said(130_000, 2, fore, 5)}, nil, judge.Owed},
		{"confirmed after the deadline, before a push would be there", posted(judge.Message, 5), []judge.Exchange{looking, said(109_000, 2, fore, 5)}, nil, judge.Overtaken},
		{"confirmed just in time", posted(judge.Message, 5), []judge.Exchange{looking, said(107_900, 2, fore, 5)}, nil, judge.NotOwed},
		{"confirmed at the deadline", posted(judge.Message, 5), []judge.Exchange{looking, said(107_960, 2, fore, 5)}, nil, judge.Unclear},
		{"confirmed just after the deadline", posted(judge.Message, 5), []judge.Exchange{looking, said(108_200, 2, fore, 5)}, nil, judge.Unclear},
		{"an invitation has five seconds", posted(judge.Invite, 5), []judge.Exchange{looking, said(106_000, 2, fore, 5)}, nil, judge.Overtaken},
		{"an urgent message has two", posted(judge.Urgent, 5), []judge.Exchange{looking, said(101_000, 2, fore, 5)}, nil, judge.NotOwed},
		{"an urgent message confirmed late", posted(judge.Urgent, 5), []judge.Exchange{looking, said(103_000, 2, fore, 5)}, nil, judge.Overtaken},
		{"in the background", posted(judge.Message, 5), []judge.Exchange{said(90_000, 1, back, 4), said(120_000, 2, fore, 5)}, nil, judge.Owed},
		{"fetched in the background at once", posted(judge.Message, 5), []judge.Exchange{said(90_000, 1, back, 4), said(101_000, 2, back, 5)}, nil, judge.Overtaken},
		{"taken out and confirmed at once", posted(judge.Message, 5), []judge.Exchange{said(90_000, 1, back, 4), said(101_000, 2, fore, 5)}, nil, judge.Overtaken},
		{"fetched in the background, long after", posted(judge.Message, 5), []judge.Exchange{said(90_000, 1, back, 4), said(109_000, 2, back, 5)}, nil, judge.Owed},
		{"put away before it confirmed", posted(judge.Message, 5), []judge.Exchange{looking, said(103_000, 2, back, 4), said(104_000, 3, back, 5)}, nil, judge.Overtaken},
		{"looked at all the time is not taken out", posted(judge.Message, 5), []judge.Exchange{looking, said(112_000, 2, fore, 4), said(122_000, 3, fore, 5)}, nil, judge.Owed},
		{"killed when it had just heard the confirmation", posted(judge.Message, 5), []judge.Exchange{looking, said(107_500, 2, fore, 5), said(109_500, 3, fore, 5)}, []judge.Outage{{Down: at(108_400), Up: at(109_000)}}, judge.Blind},
		{"taken out, and confirmed within its time", posted(judge.Message, 5), []judge.Exchange{said(90_000, 1, back, 4), said(104_000, 2, fore, 4), said(111_000, 3, fore, 5)}, nil, judge.Overtaken},
		{"taken out, and not confirmed in its time", posted(judge.Message, 5), []judge.Exchange{said(90_000, 1, back, 4), said(104_000, 2, fore, 4), said(121_000, 3, fore, 5)}, nil, judge.Owed},
		{"lease run out", posted(judge.Message, 5), []judge.Exchange{said(50_000, 1, fore, 4), said(120_000, 2, fore, 5)}, nil, judge.Owed},
		{"lease run out long ago, then heard in time", posted(judge.Message, 5), []judge.Exchange{said(50_000, 1, fore, 4), said(101_000, 2, fore, 5)}, nil, judge.Overtaken},
		{"lease about to run out", posted(judge.Message, 5), []judge.Exchange{said(55_000, 1, fore, 4), said(101_000, 2, fore, 5)}, nil, judge.Unclear},
		{"put away just then", posted(judge.Message, 5), []judge.Exchange{looking, said(100_100, 2, back, 4), said(101_000, 3, back, 5)}, nil, judge.Overtaken},
		{"an older report overrides nothing", posted(judge.Message, 5), []judge.Exchange{said(90_000, 7, fore, 4), said(91_000, 6, back, 4), said(101_000, 8, fore, 5)}, nil, judge.NotOwed},
		{"its being put away perhaps never arrived", posted(judge.Message, 5), []judge.Exchange{looking, unanswered(said(95_000, 2, back, 4)), said(101_000, 3, fore, 5)}, nil, judge.Unclear},
		{"its being put away was refused", posted(judge.Message, 5), []judge.Exchange{looking, {Arrived: at(95_000), Answered: at(95_010), Refused: true, State: back, Report: 2, Position: 4}, said(101_000, 3, fore, 5)}, nil, judge.NotOwed},
		{"the confirmation perhaps never arrived", posted(judge.Message, 5), []judge.Exchange{looking, unanswered(said(101_000, 2, fore, 5))}, nil, judge.Unclear},
		{"a long poll counts when it came", posted(judge.Message, 5), []judge.Exchange{looking, {Arrived: at(101_000), Answered: at(125_000), OK: true, State: fore, Report: 2, Position: 5}}, nil, judge.NotOwed},
		{"killed before the deadline", posted(judge.Message, 5), []judge.Exchange{looking, said(101_000, 2, fore, 5), said(105_500, 3, fore, 5)}, []judge.Outage{{Down: at(102_000), Up: at(105_000)}}, judge.Blind},
		{"killed, and the device knew nothing of it", posted(judge.Message, judge.Never), []judge.Exchange{looking}, []judge.Outage{{Down: at(102_000), Up: at(105_000)}}, judge.Owed},
		{"killed long before", posted(judge.Message, 5), []judge.Exchange{said(60_000, 1, fore, 4), said(80_000, 2, fore, 4), said(101_000, 3, fore, 5)}, []judge.Outage{{Down: at(65_000), Up: at(66_000)}}, judge.NotOwed},
		{"just up, the device not heard yet", posted(judge.Message, 5), []judge.Exchange{said(60_000, 1, fore, 4), said(101_000, 2, fore, 5)}, []judge.Outage{{Down: at(98_000), Up: at(99_000)}}, judge.Blind},
		{"read elsewhere at once", released(posted(judge.Message, judge.Never), 101_000), []judge.Exchange{said(90_000, 1, back, 4)}, nil, judge.Overtaken},
		{"read elsewhere too late", released(posted(judge.Message, judge.Never), 150_000), []judge.Exchange{said(90_000, 1, back, 4)}, nil, judge.Owed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := judge.RulesAt(1).Judge(judge.Device{Exchanges: test.exchanges, Outages: test.outages}, test.call)
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestSilent: who let another wait run out counts as put away until it is heard.
func TestSilent(t *testing.T) {
	t.Parallel()
	other := judge.Call{Seq: 7, Class: judge.Message, Posted: at(85_000), Has: judge.Never} // whose wait is over at 93 s
	asked := judge.Call{Seq: 9, Class: judge.Message, Posted: at(100_000), Has: 5}
	confirmed := said(101_000, 9, fore, 5)
	for _, test := range []struct {
		name      string
		other     judge.Call
		exchanges []judge.Exchange
		want      judge.Verdict
	}{
		{"not heard since", other, []judge.Exchange{said(90_000, 1, fore, 4), confirmed}, judge.Overtaken},
		{"heard since", other, []judge.Exchange{said(90_000, 1, fore, 4), said(95_000, 2, fore, 4), confirmed}, judge.NotOwed},
		{"confirmed in time", judge.Call{Seq: 7, Posted: at(85_000), Has: 4}, []judge.Exchange{said(90_000, 1, fore, 4), confirmed}, judge.NotOwed},
		{"over after the call was confirmed", judge.Call{Seq: 7, Posted: at(98_000), Has: judge.Never}, []judge.Exchange{said(90_000, 1, fore, 4), confirmed}, judge.NotOwed},
		{"urgent, and over before it was", judge.Call{Seq: 10, Class: judge.Urgent, Posted: at(98_000), Has: judge.Never}, []judge.Exchange{said(90_000, 1, fore, 4), confirmed}, judge.Overtaken},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			device := judge.Device{Exchanges: test.exchanges, Calls: []judge.Call{test.other, asked}}
			if got := judge.RulesAt(1).Judge(device, asked); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func released(c judge.Call, ms int) judge.Call {
	c.Released = at(ms)
	return c
}

func TestSlot(t *testing.T) {
	t.Parallel()
	away := []judge.Exchange{said(1_000, 1, back, 1)}
	looking := []judge.Exchange{said(99_000, 1, fore, 4), said(101_000, 2, fore, 5), said(131_000, 3, fore, 6), said(151_000, 4, fore, 7)}
	call := func(seq record.Seq, ms, has int) judge.Call { return judge.Call{Seq: seq, Posted: at(ms), Has: has} }
	tests := []struct {
		name                     string
		exchanges                []judge.Exchange
		calls                    []judge.Call
		rings                    []judge.Ring
		missing, unowed, repeats int
	}{
		{"rung", away, []judge.Call{call(9, 100_000, judge.Never)}, []judge.Ring{{"a", at(100_300), 0}}, 0, 0, 0},
		{"not rung", away, []judge.Call{call(9, 100_000, judge.Never)}, nil, 1, 0, 0},
		{"rung before only", away, []judge.Call{call(9, 100_000, judge.Never), call(12, 120_000, judge.Never)}, []judge.Ring{{"a", at(100_300), 0}}, 1, 0, 0},
		{"one ring for two", away, []judge.Call{call(9, 100_000, judge.Never), call(10, 100_100, judge.Never)}, []judge.Ring{{"a", at(103_300), 0}}, 0, 0, 0},
		{"the ring of the second tells of the first too", away, []judge.Call{call(9, 100_000, judge.Never), call(10, 100_100, judge.Never)}, []judge.Ring{{"b", at(103_300), 1}}, 0, 0, 0},
		{"the same id again", away, []judge.Call{call(9, 100_000, judge.Never)}, []judge.Ring{{"a", at(100_300), 0}, {"a", at(104_000), 0}}, 0, 0, 1},
		{"rung though confirmed", looking, []judge.Call{call(9, 100_000, 5)}, []judge.Ring{{"a", at(109_000), 0}}, 0, 1, 0},
		{"confirmed and not rung", looking, []judge.Call{call(9, 100_000, 5)}, nil, 0, 0, 0},
		{"rung for another of the same place", looking, []judge.Call{call(9, 100_000, 5), call(12, 140_000, judge.Never)}, []judge.Ring{{"b", at(148_200), 1}}, 0, 0, 0},
		{"rung again for what was rung already", looking, []judge.Call{call(9, 110_000, judge.Never), call(12, 150_000, 7)}, []judge.Ring{{"a", at(118_300), 0}, {"b", at(158_000), 1}}, 0, 1, 0},
		{"rung long after it was read", away, []judge.Call{released(call(9, 100_000, judge.Never), 101_000)}, []judge.Ring{{"a", at(120_000), 0}}, 0, 1, 0},
		{"rung while it was read", away, []judge.Call{released(call(9, 100_000, judge.Never), 101_000)}, []judge.Ring{{"a", at(101_500), 0}}, 0, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, found := judge.RulesAt(1).Slot(judge.Slot{Device: judge.Device{Exchanges: test.exchanges}, Calls: test.calls, Rings: test.rings})
			if got.Missing != test.missing || got.Unowed != test.unowed || got.Repeats != test.repeats {
				t.Errorf("got %d missing, %d unowed, %d repeats; want %d, %d, %d", got.Missing, got.Unowed, got.Repeats, test.missing, test.unowed, test.repeats)
			}
			if len(found) != test.missing+test.unowed || got.Judged() != len(test.calls) || got.Rings != len(test.rings) {
				t.Errorf("got %d findings of %d calls and %d rings", len(found), got.Judged(), got.Rings)
			}
		})
	}
}

func TestRulesFollowTheSpeed(t *testing.T) {
	t.Parallel()
	slow, fast := judge.RulesAt(1), judge.RulesAt(10)
	if got, want := fast.Patience[judge.Message], slow.Patience[judge.Message]/10; got != want {
		t.Errorf("patience: got %v, want %v", got, want)
	}
	if fast.Margin != slow.Margin {
		t.Errorf("margin: got %v and %v, want the same", fast.Margin, slow.Margin)
	}
}
