package page

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sameday/bot/sandbox"
)

// troubleRow is one switch of the panel: what it adds to the standing troubles, and which calls it spoils.
type troubleRow struct {
	name     string
	standing func(*sandbox.Faults)
	planned  []sandbox.Fault
}

// troubleRows is the table of switches, in the order of the panel.
var troubleRows = []troubleRow{
	{name: "ratelimit", planned: []sandbox.Fault{
		{Method: "chat.postMessage", Status: 429, RetryAfter: 5 * time.Second},
		{Method: "chat.update", Status: 429, RetryAfter: 5 * time.Second},
	}},
	{name: "slow", standing: func(f *sandbox.Faults) { f.Latency = 2 * time.Second }},
	{name: "failing", standing: func(f *sandbox.Faults) { f.Outage = true }},
	{name: "lost", planned: []sandbox.Fault{{Method: "chat.postMessage", Stored: true, Cut: sandbox.CutReply}}},
	{name: "nosockets", standing: func(f *sandbox.Faults) { f.NoSockets = true }},
	{name: "ghost", standing: func(f *sandbox.Faults) { f.Ghosts = 1 }},
	{name: "twice", standing: func(f *sandbox.Faults) { f.EventCopies = 1 }},
	{name: "late", standing: func(f *sandbox.Faults) { f.EventDelay, f.EventJitter = 2*time.Second, 3*time.Second }},
	{name: "revoked", standing: func(f *sandbox.Faults) { f.Revoked = true }},
}

// switchTrouble turns one switch. The workspace forgets planned troubles only all at once, so all are planned again.
func switchTrouble(_ context.Context, v *visit, a act) (result, error) {
	known := slices.ContainsFunc(troubleRows, func(t troubleRow) bool { return t.name == a.Action })
	if !known {
		return result{}, errors.New(v.say.T("no.trouble"))
	}
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	v.s.troubles[a.Action] = a.On
	v.s.apply()
	return result{Parts: []string{"trouble"}}, nil
}

// calm turns all switches off.
func calm(_ context.Context, v *visit, _ act) (result, error) {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	clear(v.s.troubles)
	v.s.apply()
	return result{Parts: []string{"trouble"}}, nil
}

// apply makes the workspace's troubles those that are switched on; s.mu is held.
func (s *server) apply() {
	s.ws.ClearFaults()
	var f sandbox.Faults
	for _, t := range troubleRows {
		if !s.troubles[t.name] {
			continue
		}
		if t.standing != nil {
			t.standing(&f)
		}
		for _, p := range t.planned {
			s.ws.Fail(p)
		}
	}
	s.ws.SetFaults(f)
}

// dropSockets breaks all sockets in the middle of things, or asks the app to reconnect.
func dropSockets(_ context.Context, v *visit, a act) (result, error) {
	reason := ""
	if a.Action == "refresh" {
		reason = "refresh_requested"
	}
	v.s.ws.DropSockets(0, reason)
	return result{Parts: []string{"trouble"}}, nil
}

// troubleView is the panel.
type troubleView struct {
	V                   *visit
	Switches            []switchView
	HasBot, Running     bool
	HasBacklog          bool
	BacklogFailed       bool
	Waiting             []Waiting
	WaitingAll          int
	Sockets, Unanswered int
	Calls               []callRow
	Counts              []countRow
	Envelopes           []envelope
	EnvelopeCounts      []countRow
	Dropped             []string
}

// T is a word of the page in the window's language.
func (c troubleView) T(key string, args ...any) string { return c.V.say.T(key, args...) }

// Clock is a time of the bank's day.
func (c troubleView) Clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(c.V.s.o.Zone).Format("15:04:05")
}

type switchView struct {
	Name, Words, Hint string
	On                bool
}

type callRow struct {
	At                time.Time
	Method, Outcome   string
	Channel           string
	Bad, StoredAnyway bool
}

type countRow struct {
	Name, State string
	N           int
	Bad         bool
}

const (
	rowsShown    = 25
	waitingShown = 40
)

func (s *server) trouble(v *visit) troubleView {
	out := troubleView{V: v, Sockets: s.ws.Sockets(), Unanswered: s.ws.Unanswered()}
	s.mu.Lock()
	for _, t := range troubleRows {
		out.Switches = append(out.Switches, switchView{
			Name: t.name, Words: v.say.T("trouble." + t.name), Hint: v.say.T("trouble." + t.name + ".hint"), On: s.troubles[t.name],
		})
	}
	s.mu.Unlock()
	if s.o.Bot != nil {
		out.HasBot, out.Running = true, s.o.Bot.Running()
	}
	s.waiting(&out)
	calls := s.ws.Calls()
	for _, c := range slices.Backward(calls[max(0, len(calls)-rowsShown):]) {
		out.Calls = append(out.Calls, callRow{
			At: c.At, Method: c.Method, Outcome: c.Outcome, Channel: v.channelName(c.Channel), Bad: c.Outcome != "ok",
			StoredAnyway: c.Stored && c.Outcome != "ok",
		})
	}
	for method, by := range s.ws.CallCounts() {
		for outcome, n := range by {
			out.Counts = append(out.Counts, countRow{method, outcome, n, outcome != "ok"})
		}
	}
	last, counts, dropped := s.hub.log(rowsShown)
	out.Envelopes, out.Dropped = last, dropped
	for key, n := range counts {
		out.EnvelopeCounts = append(out.EnvelopeCounts, countRow{key[0], key[1], n, key[1] != "sent" && key[1] != "acknowledged"})
	}
	for _, rows := range [][]countRow{out.Counts, out.EnvelopeCounts} {
		slices.SortFunc(rows, func(x, y countRow) int {
			return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.State, y.State))
		})
	}
	return out
}

func (s *server) waiting(out *troubleView) {
	if s.o.Backlog == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	list, err := s.o.Backlog.Waiting(ctx)
	out.HasBacklog, out.BacklogFailed = true, err != nil
	out.WaitingAll = len(list)
	out.Waiting = list[:min(len(list), waitingShown)]
}
