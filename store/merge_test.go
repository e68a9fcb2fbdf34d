package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sameday/store"
	"sameday/workflow"
)

// commits notes which streams each commit appends to.
type commits struct{ seen [][]store.StreamID }

func (c *commits) note(q store.Commit) error {
	var streams []store.StreamID
	for _, a := range q.Appends {
		streams = append(streams, a.Stream)
	}
	c.seen = append(c.seen, streams)
	return nil
}

// What is done to a main is done to its repeats in one transaction: merging, each step, closing, separating.
func TestMergedGoTogether(t *testing.T) {
	t.Parallel()
	var log commits
	o := newOffice(t, func(s store.Store) store.Store { return faulty{Store: s, before: log.note} })
	at := func(minutes int) time.Time { return nine().Add(time.Duration(minutes) * time.Minute) }
	main, first, second, third := o.does("", opening(), at(0)).Complaint.ID, o.does("", opening(), at(1)).Complaint.ID,
		o.does("", opening(), at(2)).Complaint.ID, o.does("", opening(), at(3)).Complaint.ID
	together := func(ids ...workflow.ID) {
		t.Helper()
		var want []store.StreamID
		for _, id := range ids {
			want = append(want, store.ComplaintStream(id))
		}
		if got := log.seen[len(log.seen)-1]; !slices.Equal(got, want) {
			t.Errorf("the last commit is of %q, want %q", got, want)
		}
	}
	o.does(main, workflow.Accept{}, at(5))
	o.does(first, workflow.Merge{Into: main}, at(6))
	together(first, main)
	o.does(second, workflow.Merge{Into: first}, at(7)) // a repeat's own main is meant
	together(second, main)
	o.does(third, workflow.Merge{Into: main}, at(8))
	_, err := o.Do(t.Context(), store.Request{Complaint: main, Command: workflow.Merge{Into: third}, By: workflow.Person("manager"), At: at(9)})
	if no := refusal(err); no == nil || no.Code != workflow.MergeSelf && no.Code != workflow.HasRepeats {
		t.Errorf("a main is merged into its repeat: %v", err)
	}
	_, err = o.Do(t.Context(), store.Request{Complaint: first, Command: workflow.Merge{Into: "20261123-999"}, By: workflow.Person("manager"), At: at(9)})
	if no := refusal(err); no == nil || no.Code != workflow.IsMerged {
		t.Errorf("a repeat is merged again: %v", err)
	}

	out := o.does(main, workflow.Assign{Handler: "manager"}, at(10))
	together(main, first, second, third)
	if len(out.Facts) != 1 {
		t.Errorf("assigning made %d facts of the main", len(out.Facts))
	}
	o.does(third, workflow.Separate{Reason: "另一笔扣费"}, at(11))
	together(third, main)
	o.does(main, workflow.Contact{Reached: true}, at(12))
	together(main, first, second)
	o.does(main, workflow.Note{Text: "客户来电"}, at(13)) // no step: nobody follows it
	together(main)
	o.does(main, commandFor(workflow.StepHandle), at(14))
	o.does(main, commandFor(workflow.StepFeedback), at(15))
	together(main, first, second)
	for _, id := range []workflow.ID{main, first, second, third} {
		c, err := o.Complaint(t.Context(), id)
		if err != nil || c.Open() != (id == third) {
			t.Errorf("%s is open %v, %v", id, c.Open(), err)
		}
	}
	if open, err := o.Open(t.Context(), "jingan"); err != nil || len(open) != 1 || open[0].ID != third {
		t.Errorf("open are %+v, %v", open, err)
	}
	lines := 0
	backlog, err := o.s.Waiting(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range backlog.Intents {
		if i.Kind == store.KindLine && strings.HasPrefix(i.ID, string(first)+"@") {
			lines++
		}
	}
	if want := 1 + 1 + 1 + 1 + 1; lines != want { // merged, then four steps
		t.Errorf("%d lines in the repeat's thread, want %d", lines, want)
	}
}

// A stop anywhere leaves both or neither; who tries again finds it done.
func TestMergeStopped(t *testing.T) {
	t.Parallel()
	var before, after atomic.Bool
	o := newOffice(t, func(s store.Store) store.Store {
		fails := func(on *atomic.Bool) func(store.Commit) error {
			return func(store.Commit) error {
				if on.Load() {
					return errDisk
				}
				return nil
			}
		}
		return faulty{Store: s, before: fails(&before), after: fails(&after)}
	})
	main, repeat := o.does("", opening(), nine()).Complaint.ID, o.does("", opening(), nine()).Complaint.ID
	both := func(what string, merged bool, done int) {
		t.Helper()
		again := store.NewDesk(o.s, func() *workflow.Rules { return o.rules }, o.key) // as after a restart
		m, err1 := again.Complaint(t.Context(), main)
		r, err2 := again.Complaint(t.Context(), repeat)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if (r.Main == main) != merged || slices.Contains(m.Repeated, repeat) != merged || len(m.Done) != done || len(r.Done) != done {
			t.Errorf("%s: merged into %q, which has %q; %d and %d steps are done", what, r.Main, m.Repeated, len(m.Done), len(r.Done))
		}
	}
	try := func(id workflow.ID, cmd workflow.Command, key string) error {
		_, err := o.Do(t.Context(), store.Request{Complaint: id, Command: cmd, By: workflow.Person("manager"), At: nine().Add(time.Minute), Key: key})
		return err
	}
	for i, step := range []struct {
		id     workflow.ID
		cmd    workflow.Command
		merged bool // afterwards
		done   int
	}{
		{repeat, workflow.Merge{Into: main}, true, 0},
		{main, workflow.Accept{}, true, 1},
		{main, workflow.Assign{Handler: "manager"}, true, 2},
		{repeat, workflow.Separate{Reason: "另一笔"}, false, 2},
	} {
		was, steps := !step.merged || i > 0, max(0, step.done-1)
		if i == 3 {
			steps = 2
		}
		key := fmt.Sprint("click", i)
		before.Store(true)
		if err := try(step.id, step.cmd, key); !errors.Is(err, errDisk) {
			t.Fatalf("stopped before: %v", err)
		}
		both("stopped before", was, steps)
		before.Store(false)
		after.Store(true)
		if err := try(step.id, step.cmd, key); !errors.Is(err, errDisk) {
			t.Fatalf("stopped after: %v", err)
		}
		after.Store(false)
		both("stopped after", step.merged, step.done)
		if err := try(step.id, step.cmd, key); refusal(err) == nil && err != nil {
			t.Errorf("the same again: %v", err)
		}
		both("the same again", step.merged, step.done)
	}
}

// People merge, separate and work at the same time: the two sides always agree, and nobody's work is lost.
func TestMergeRaces(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	main := o.does("", opening(), nine()).Complaint.ID
	var repeats []workflow.ID
	for range 6 {
		repeats = append(repeats, o.does("", opening(), nine()).Complaint.ID)
	}
	inParallel(40, func(i int) {
		id, at := repeats[i%len(repeats)], nine().Add(time.Duration(i)*time.Second)
		cmds := []workflow.Command{workflow.Merge{Into: main}, workflow.Separate{Reason: "另一笔"}, workflow.Note{Text: "记"}}
		_, err := o.Do(t.Context(), store.Request{Complaint: id, Command: cmds[i%3], By: workflow.Person("manager"), At: at})
		if err == nil && i < 5 {
			_, err = o.Do(t.Context(), store.Request{Complaint: main, Command: commandFor(workflow.Steps()[i]), By: workflow.Person("manager"), At: at})
		}
		if err != nil && refusal(err) == nil {
			t.Error(err)
		}
	})
	m, err := o.Complaint(t.Context(), main)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range repeats {
		c, err := o.Complaint(t.Context(), id)
		if err != nil || (c.Main == main) != slices.Contains(m.Repeated, id) {
			t.Errorf("%s is merged into %q, which has %q: %v", id, c.Main, m.Repeated, err)
		}
		for s := range m.Done {
			if _, done := c.Done[s]; c.Main == main && !done {
				t.Errorf("%s of the main is done, of %s not", s, id)
			}
		}
	}
}
