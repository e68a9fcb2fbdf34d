package sandbox_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sameday/bot/sandbox"
)

const (
	oldestNode   = 18               // the first release the client runs on
	installLimit = time.Minute      // for the registry to deliver the client
	visitLimit   = time.Minute      // for the app, from its start to its end
	patience     = 15 * time.Second // for an acknowledgement: a busy machine is not what is tried here
)

// TestOfficialJavaScriptClient lets an app written with @slack/bolt, which knows nothing of this package, go through all
// that an app does: connect, answer a command, open a modal and refuse what was filled in, take a click, use response
// URLs, post metadata in a thread and read it back, pin a message, answer a mention, reconnect and leave.
func TestOfficialJavaScriptClient(t *testing.T) {
	t.Parallel()
	dir := installVisitor(t)
	w := bank(t, limits(sandbox.Limits{AckBudget: patience, TriggerLife: patience}))
	url, err := w.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	v := visit(t, w, dir, url)

	v.want("connected", nil)
	v.want("started", map[string]any{"user": w.BotUserID(), "bot": w.BotID()})
	if got := w.Sockets(); got != 1 {
		t.Errorf("sockets: got %d, want 1", got)
	}
	v.commands(w.As(ann))
	card := v.modal(w.As(ann))
	v.click(w, card)
	v.keepAndMention(w)
	v.reconnect(w)
	v.leave(w)
}

// commands types a slash command that is answered in the acknowledgement, and one that is answered at its response URL.
func (v *visitor) commands(a *sandbox.Actor) {
	v.t.Helper()
	r, err := a.Type(desk, "/ask what time is it")
	v.must("type the command", err, r.Failure)
	v.want("command", map[string]any{"text": "what time is it", "user": ann, "channel": desk})
	if len(r.Ephemeral) != 1 || r.Ephemeral[0].Text != "You said: what time is it" || r.Posted != nil {
		v.t.Errorf("answer in the acknowledgement: got %+v, want one ephemeral text", r)
	}

	r, err = a.Type(desk, "/ask later")
	v.must("type the command", err, r.Failure)
	v.want("command", map[string]any{"text": "later", "user": ann, "channel": desk})
	v.want("responded", map[string]any{"status": 200.0})
	if got := v.last(a, desk); got.Text != "here it is" || got.BotID == "" || got.Ephemeral {
		v.t.Errorf("answer at the response URL: got %+v, want a message for everybody", got)
	}
}

// modal opens the form, sends it with a wrong value and then with a right one, and returns the card that was posted.
func (v *visitor) modal(a *sandbox.Actor) sandbox.Message {
	v.t.Helper()
	r, err := a.Type(desk, "/ask form")
	v.must("type the command", err, r.Failure)
	v.want("command", map[string]any{"text": "form", "user": ann, "channel": desk})
	opened := v.want("opened", nil)
	view := a.View()
	if view == nil || view.ID != opened["id"] || view.CallbackID != "form" || view.PrivateMetadata != desk {
		v.t.Fatalf("modal on top: got %+v, want the form with id %v", view, opened["id"])
	}

	v.must("fill the form", a.Fill("text", "nothing"), "")
	r, err = a.Submit()
	v.must("submit the form", err, r.Failure)
	v.want("submission", map[string]any{"value": "nothing", "user": ann})
	if diff := gocmp.Diff(map[string]string{"what": "Say something."}, r.Errors); diff != "" {
		v.t.Errorf("errors under the fields (-want +got):\n%s", diff)
	}
	if a.View() == nil {
		v.t.Fatal("the modal is gone after a field error")
	}

	v.must("fill the form", a.Fill("text", "two chairs"), "")
	r, err = a.Submit()
	v.must("submit the form", err, r.Failure)
	v.want("submission", map[string]any{"value": "two chairs", "user": ann})
	if got := a.View(); got != nil || len(r.Errors) > 0 {
		v.t.Errorf("after the submission: got modal %+v and errors %v, want none", got, r.Errors)
	}
	posted := v.want("card", nil)
	card := v.last(a, desk)
	if card.TS != posted["ts"] || !strings.Contains(card.Plain(), "two chairs") {
		v.t.Fatalf("card: got %+v, want the one with ts %v", card, posted["ts"])
	}
	return card
}

// click presses the card's button: the app thanks the person alone, replaces the card, and files a reply with metadata.
func (v *visitor) click(w *sandbox.Workspace, card sandbox.Message) {
	v.t.Helper()
	b := w.As(bob)
	r, err := b.Click(desk, card.TS, "Take it")
	v.must("click", err, r.Failure)
	told := v.want("thread", nil)
	want := map[string]any{
		"event": "thread", "ts": card.TS, "parent": card.TS, "reply": told["reply"],
		"metadata": map[string]any{"event_type": "taken", "event_payload": map[string]any{"by": bob, "value": 7.0}},
		// Without being asked, Slack tells at most the type of the metadata.
		"unasked": map[string]any{"event_type": "taken"},
	}
	if diff := gocmp.Diff(want, told); diff != "" {
		v.t.Errorf("what the app read back (-want +got):\n%s", diff)
	}

	all, err := b.Channel(desk)
	v.must("look at the channel", err, "")
	thanks := slices.ContainsFunc(all, func(m sandbox.Message) bool { return m.Ephemeral && m.Text == "Thank you." })
	if !thanks {
		v.t.Errorf("ephemeral answer to the click: got none in %+v", all)
	}
	thread, err := w.As(zoe).Thread(desk, card.TS)
	v.must("look at the thread", err, "")
	if len(thread) != 2 || thread[0].Text != "taken by <@"+bob+">" || thread[1].TS != told["reply"] || thread[1].Metadata == nil {
		v.t.Errorf("thread: got %+v, want the replaced card and a reply with metadata", thread)
	}
	if got := thread[0].Controls(); len(got) != 0 {
		v.t.Errorf("controls of the replaced card: got %+v, want none", got)
	}
}

// keepAndMention uses the message shortcut on a message that mentions the app, which has answered it in a thread.
func (v *visitor) keepAndMention(w *sandbox.Workspace) {
	v.t.Helper()
	z := w.As(zoe)
	r, err := z.Type(desk, "@helper are you there?")
	v.must("mention the app", err, r.Failure)
	ts, text := r.Posted.TS, "<@"+w.BotUserID()+"> are you there?"
	told := v.want("mention", map[string]any{"user": zoe, "text": text, "ts": ts})
	if id, _ := told["event_id"].(string); !strings.HasPrefix(id, "Ev") {
		v.t.Errorf("event_id: got %v, want Ev…", told["event_id"])
	}
	thread, err := z.Thread(desk, ts)
	v.must("look at the thread", err, "")
	if len(thread) != 2 || thread[1].TS != told["reply"] || thread[1].Text != "at your service, <@"+zoe+">" {
		v.t.Errorf("thread of the mention: got %+v, want one answer", thread)
	}

	r, err = z.Shortcut("keep", desk, ts)
	v.must("use the shortcut", err, r.Failure)
	v.want("shortcut", map[string]any{"ts": ts, "text": text})
	if m, err := z.Message(desk, ts); err != nil || !m.Pinned {
		v.t.Errorf("message after the shortcut: got %+v, %v, want it pinned", m, err)
	}
}

// reconnect tells the app to come again, as Slack does every few hours, and proves that it then works.
func (v *visitor) reconnect(w *sandbox.Workspace) {
	v.t.Helper()
	for w.Unanswered() > 0 { // else what it acknowledges late finds no socket, of which it complains
		select {
		case <-v.ctx.Done():
			v.t.Fatalf("%d envelopes stay unanswered", w.Unanswered())
		case <-time.After(10 * time.Millisecond):
		}
	}
	w.DropSockets(0, "refresh_requested")
	v.want("connected", nil)
	r, err := w.As(bob).Type(secret, "/ask still there?")
	v.must("type the command", err, r.Failure)
	v.want("command", map[string]any{"text": "still there?", "user": bob, "channel": secret})
	if len(r.Ephemeral) != 1 || r.Ephemeral[0].Text != "You said: still there?" {
		v.t.Errorf("answer after the reconnect: got %+v, want one ephemeral text", r)
	}
}

// leave stops the app and checks that it has gone in good order and without complaint.
func (v *visitor) leave(w *sandbox.Workspace) {
	v.t.Helper()
	if err := v.stdin.Close(); err != nil {
		v.t.Fatalf("close the app's input: %v", err)
	}
	v.want("stopped", nil)
	if err := v.end(); err != nil {
		v.t.Errorf("the app's end: got %v, want exit status 0", err)
	}
	if got := w.Sockets(); got != 0 {
		v.t.Errorf("sockets after the end: got %d, want 0", got)
	}
	if len(v.lines) > 0 {
		v.t.Errorf("more than expected was told: %v", v.lines)
	}
	if complaints := v.stderr.String(); strings.Contains(complaints, "[WARN]") || strings.Contains(complaints, "[ERROR]") {
		v.t.Errorf("the client complained:\n%s", complaints)
	}
	for method, outcomes := range w.CallCounts() {
		if len(outcomes) != 1 || outcomes["ok"] == 0 {
			v.t.Errorf("%s: got outcomes %v, want ok alone", method, outcomes)
		}
	}
}

// visitor is the app as a process.
type visitor struct {
	t      *testing.T
	ctx    context.Context
	stdin  io.Closer
	end    func() error // waits for the process; may be called more than once
	stderr *bytes.Buffer
	told   <-chan map[string]any
	lines  []map[string]any // told and not asked for yet
}

// visit starts the app. It ends with the test, whatever happens: at the latest when its input is closed.
func visit(t *testing.T, w *sandbox.Workspace, dir, url string) *visitor {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	cmd := exec.CommandContext(ctx, "node", "app.js")
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	cmd.Env = []string{ // nothing of ours: no proxy, no options for Node
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"SLACK_API_URL=" + url, "SLACK_BOT_TOKEN=" + w.BotToken(), "SLACK_APP_TOKEN=" + w.AppToken(),
	}
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("open the app's input: %v", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("open the app's output: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the app: %v", err)
	}
	told := make(chan map[string]any, 1000)
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(told)
		for in := bufio.NewScanner(stdout); in.Scan(); {
			line := map[string]any{}
			if json.Unmarshal(in.Bytes(), &line) != nil {
				line = map[string]any{"event": "not JSON", "line": in.Text()}
			}
			told <- line
		}
	}()
	end := sync.OnceValue(func() error { <-read; return cmd.Wait() })
	t.Cleanup(func() {
		cancel()
		_ = end() // leave has judged it, or the test has failed before
		if t.Failed() {
			t.Logf("the app's standard error:\n%s", stderr)
		}
	})
	return &visitor{t: t, ctx: ctx, stdin: stdin, end: end, stderr: stderr, told: told}
}

// want waits until the app tells of the event, checks the fields given and returns all of them. What it told of other
// events stays for later.
func (v *visitor) want(event string, fields map[string]any) map[string]any {
	v.t.Helper()
	for i := 0; ; i++ {
		for i >= len(v.lines) {
			select {
			case line, ok := <-v.told:
				if !ok {
					v.t.Fatalf("the app ended without telling of %q; told and unread: %v", event, v.lines)
				}
				v.lines = append(v.lines, line)
			case <-v.ctx.Done():
				v.t.Fatalf("the app did not tell of %q in time; told and unread: %v", event, v.lines)
			}
		}
		line := v.lines[i]
		switch line["event"] {
		case event:
			v.lines = slices.Delete(v.lines, i, i+1)
			for k, want := range fields {
				if diff := gocmp.Diff(want, line[k]); diff != "" {
					v.t.Errorf("%s: %s (-want +got):\n%s", event, k, diff)
				}
			}
			return line
		case "error", "not JSON":
			v.t.Fatalf("waiting for %q: the app told %v", event, line)
		}
	}
}

// must ends the test when a person could not do something or was told that it failed.
func (v *visitor) must(what string, err error, failure string) {
	v.t.Helper()
	if err != nil || failure != "" {
		v.t.Fatalf("%s: got error %v and failure %q, want neither", what, err, failure)
	}
}

// last is the newest message of a channel that everybody sees.
func (v *visitor) last(a *sandbox.Actor, channel string) sandbox.Message {
	v.t.Helper()
	all, err := a.Channel(channel)
	all = slices.DeleteFunc(all, func(m sandbox.Message) bool { return m.Ephemeral })
	if err != nil || len(all) == 0 {
		v.t.Fatalf("look at %s: got %d messages and %v, want some", channel, len(all), err)
	}
	return all[len(all)-1]
}

// installVisitor copies the app to a new folder and installs what it needs there, from the registry npm is set up with. The
// versions and their checksums are those of the lock file; no package runs a script.
func installVisitor(t *testing.T) (dir string) {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			absent(t, tool+" is not on the PATH")
		}
	}
	out, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "v"), ".")
	if n, convErr := strconv.Atoi(major); cmp.Or(err, convErr) != nil || n < oldestNode {
		absent(t, "node --version says "+strconv.Quote(strings.TrimSpace(string(out)))+", and "+strconv.Itoa(oldestNode)+" or later is needed")
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "bolt"))); err != nil {
		t.Fatalf("copy the app: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), installLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1")
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		absent(t, "npm ci: "+errors.Join(err, ctx.Err()).Error()+"\n"+string(out))
	}
	return dir
}

// absent skips the test, and says so loudly; where everything has to run, it fails it.
func absent(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("SAMEDAY_CI") == "1" {
		t.Fatalf("the official JavaScript client cannot be tried, and has to be here: %s", why)
	}
	t.Skipf("SKIPPED: the official JavaScript client was not tried against the workspace: %s", why)
}
