package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// settle lets the program tell all that waits, and stops it. It takes as long as Slack's limits make it, while it goes on.
func (w *wreck) settle() {
	w.t.Helper()
	least, stands := 1<<31, time.Now()
	for {
		<-time.After(max(time.Second, min(5*time.Second, time.Duration(least)*5*time.Millisecond)))
		w.stop()
		s, err := ledger.OpenExisting(w.ctx, w.data)
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := s.Waiting(w.ctx, 3)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			w.t.Fatal(err)
		}
		if b.Pending == 0 && b.Dead == 0 {
			return
		}
		if b.Pending < least {
			least, stands = b.Pending, time.Now()
		}
		if time.Since(stands) > time.Minute {
			w.t.Fatalf("the outbox has %+v:\n%s", b, w.tail())
		}
		w.start()
	}
}

// account is what the ledger says.
type account struct {
	records int
	tokens  map[string]int // how often each act is on record
	must    []string       // intents that had to be told
	runs    map[string][]calendar.Day
	rooms   int      // channels of emergency groups on record
	halves  []string // groups whose channel is not complete
}

// check proves the database of a program that does not run, and that it holds every promise. what says after which event.
func (w *wreck) check(what string) account {
	w.t.Helper()
	s, err := ledger.OpenExisting(w.ctx, w.data)
	if err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
	defer func() { _ = s.Close() }()
	report, err := store.Verify(w.ctx, s)
	if err != nil {
		w.t.Errorf("%s: verify: %v", what, err)
	}
	a := w.account(s)
	a.records = report.Records
	w.mu.Lock()
	for token, how := range w.promised {
		if number, accepting := strings.CutPrefix(token, "accepted "); accepting && a.tokens["closed "+number] > 0 {
			continue // it was closed while the button was pressed: the person was told afterwards
		}
		if a.tokens[token] == 0 {
			w.lost++
			w.t.Errorf("%s: %s was acknowledged (%s) and is not on record", what, token, how)
			delete(w.promised, token)
		}
	}
	w.mu.Unlock()
	for token, n := range a.tokens {
		if n > 1 {
			w.twice++
			w.t.Errorf("%s: %s is on record %d times", what, token, n)
		}
	}
	for key, n := range w.told() {
		if n > 1 {
			w.twice++
			w.t.Errorf("%s: %s stands %d times", what, key, n)
		}
	}
	return a
}

// judge compares the ledger with what people were told, when all is told. after says what the program went through.
func (w *wreck) judge(after string, began time.Time) {
	w.t.Helper()
	a := w.check("at the end")
	told := w.told()
	for _, key := range a.must {
		if told[key] == 0 {
			w.lost++
			w.t.Errorf("%s was never told", key)
		}
	}
	if len(w.promised) == 0 || len(a.must) == 0 {
		w.t.Errorf("%d acts were acknowledged and %d things had to be told: there was no load", len(w.promised), len(a.must))
	}
	made := 0
	for _, c := range w.slack.Calls() {
		if c.Method == "conversations.create" && c.Stored {
			made++
		}
	}
	if made > a.rooms || len(a.halves) > 0 {
		w.t.Errorf("%d channels were made and %d are on record; not complete: %v", made, a.rooms, a.halves)
	}
	kinds := map[string]int{} // acts on record, by what they were
	for token, n := range a.tokens {
		what, _, _ := strings.Cut(strings.ReplaceAll(token, " ", "〔"), "〔")
		kinds[what] += n
	}
	for _, what := range []string{"new", "note", "accepted", "closed", "mention", "import"} {
		if kinds[what] == 0 && len(a.must) > 150 && !w.noClicks {
			w.t.Errorf("nothing of the kind %s is on record: %v", what, kinds)
		}
	}
	for what, days := range a.runs {
		for i := 1; i < len(days); i++ {
			if days[i] != days[i-1].Add(1) {
				w.t.Errorf("job %s ran for %s and then for %s", what, days[i-1], days[i])
			}
		}
	}
	files, err := os.ReadDir(w.data)
	if err != nil {
		w.t.Error(err)
	}
	for _, f := range files {
		switch f.Name() {
		case "sameday.db", "sameday.db.pid", "sameday.head":
		default:
			w.t.Errorf("%s is left in the data folder", f.Name())
		}
	}
	runs := 0
	for _, days := range a.runs {
		runs += len(days)
	}
	w.t.Logf("figures: %s in %s over %.1f simulated days: %d acts tried, %d acknowledged (%d more too slowly to count), %d backups proved, "+
		"%d job runs, %d records, %d messages that had to be told, %d told, %d channels of groups; lost %d, twice %d (on record: %v)",
		after, time.Since(began).Round(100*time.Millisecond), time.Duration(w.shift.Load()).Hours()/24, w.tried, len(w.promised), w.slow, w.backups,
		runs, a.records, len(a.must), len(told), made, w.lost, w.twice, kinds)
}

// account reads the whole ledger.
func (w *wreck) account(s store.Store) account {
	w.t.Helper()
	a := account{tokens: map[string]int{}, runs: map[string][]calendar.Day{}}
	byStream := map[store.StreamID][]store.Record{}
	var order []store.StreamID
	for after := uint64(0); ; {
		page, err := s.Since(w.ctx, after, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range page {
			if byStream[r.Stream] == nil {
				order = append(order, r.Stream)
			}
			byStream[r.Stream] = append(byStream[r.Stream], r)
			after = r.Seq
			if _, ok := store.ComplaintOf(r.Stream); ok { // jobs list what complaints say
				a.count(string(r.Data))
			}
		}
		if len(page) == 0 {
			break
		}
	}
	for _, stream := range order {
		if id, ok := store.ComplaintOf(stream); ok {
			w.complaint(&a, id, byStream[stream])
		} else if strings.HasPrefix(string(stream), "job/") {
			w.job(&a, byStream[stream][0])
		}
	}
	return a
}

// count finds the acts named in a record.
func (a *account) count(text string) {
	for i := strings.Index(text, "〕"); i >= 0; i = strings.Index(text, "〕") {
		head := text[:i]
		at := strings.LastIndexAny(head, " \"")
		a.tokens[head[at+1:]+"〕"]++
		text = text[i+len("〕"):]
	}
}

func (w *wreck) complaint(a *account, id workflow.ID, records []store.Record) {
	facts, err := store.Facts(records)
	if err != nil {
		w.t.Fatal(err)
	}
	c := workflow.Fold(id, facts)
	a.rooms += len(c.Rooms)
	if g := c.Group; g.Working() && !g.Ready || g.Room != "" && !c.Open() && !g.Archived {
		a.halves = append(a.halves, fmt.Sprintf("%s: %+v", id, g))
	}
	for _, f := range facts {
		line := fmt.Sprintf("%s@%d/line", id, f.Version)
		switch f.Event.(type) {
		case workflow.Opened:
			a.must = append(a.must, fmt.Sprintf("%s@%d/root", id, f.Version))
		case workflow.Accepted:
			a.tokens["accepted "+string(id)]++
			a.must = append(a.must, line)
		case workflow.Closed:
			a.tokens["closed "+string(id)]++
			a.must = append(a.must, line)
		case workflow.Noted:
			a.must = append(a.must, line)
		}
	}
}

// job takes a run of a daily job; only the notice always has something to say.
func (w *wreck) job(a *account, r store.Record) {
	var run workflow.JobRun
	if err := json.Unmarshal(r.Data, &run); err != nil || r.Kind != run.Kind() {
		return // another kind of thing that is done once
	}
	switch run.Job {
	case workflow.JobOvernight, workflow.JobNotice, workflow.JobDusk:
		what := string(run.Job) + "/" + string(run.Unit)
		a.runs[what] = append(a.runs[what], run.Day)
	}
	if run.Job == workflow.JobNotice && !run.Lapsed {
		a.must = append(a.must, fmt.Sprintf("%s/%s/%s/%s/0", run.Job, run.Unit, run.Day, store.KindDigest))
	}
}

// told counts the messages of every channel, thread and direct message by their intent.
func (w *wreck) told() map[string]int {
	w.t.Helper()
	out := map[string]int{}
	add := func(a *sandbox.Actor, room string) {
		list, err := a.Channel(room)
		if err != nil {
			return
		}
		for _, top := range list {
			all := []sandbox.Message{top}
			if top.ReplyCount > 0 {
				if all, err = a.Thread(room, top.TS); err != nil {
					w.t.Fatal(err)
				}
			}
			for _, m := range all {
				if key := intentOf(m); key != "" && !m.Deleted {
					out[key]++
				}
			}
		}
	}
	for _, room := range w.rooms {
		add(w.slack.As("wang.li"), room)
	}
	for _, id := range w.people {
		a := w.slack.As(id)
		add(a, a.DM())
	}
	return out
}
