package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sameday/bot"
	"sameday/bot/deliver"
	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/control"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
)

// testNow is the clock of the scripts: 23 November 2026, 10:00 in Shanghai.
const testNow = "2026-11-23T02:00:00Z"

// commandMain is the program with the scripts' clock and limits; nothing else differs from main.
func commandMain() {
	at, err := time.Parse(time.RFC3339, os.Getenv("SCRIPT_NOW"))
	now := func() time.Time { return at }
	if err != nil { // a script that speaks to a local Slack needs its time, or one that is as far ahead as Slack's
		ahead, _ := time.ParseDuration(os.Getenv("SCRIPT_SHIFT"))
		now = func() time.Time { return time.Now().Add(ahead) }
	}
	limits := deliver.Limits{}
	if os.Getenv("SCRIPT_FAST") != "" { // Slack takes all there is
		fast := deliver.Limit{PerMinute: 100_000, Burst: 1_000}
		limits = deliver.Limits{Channel: fast, Posts: fast, Updates: fast, Links: fast, Reads: fast, Opens: fast, Others: fast}
	}
	os.Exit(start(now, limits))
}

func TestMain(m *testing.M) {
	// The tests here wait for other processes more than they compute; -parallel on the command line counts all the same.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"sameday": commandMain})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			_, key := store.NewKey()
			e.Setenv("SAMEDAY_KEY", key)
			e.Setenv("SCRIPT_NOW", testNow)
			bank, err := sample.NewBank("zh-CN").YAML()
			if err != nil {
				return err
			}
			return os.WriteFile(e.WorkDir+"/bank.yaml", []byte(bank), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": scriptCode, "damage": scriptDamage, "hold": scriptHold, "slack": scriptSlack, "eventually": scriptEventually,
		},
	})
}

// scriptCode runs "code N sameday ARGS…" and wants exit code N.
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND ARGS…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("%s: exit code %d, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// scriptDamage runs "damage FILE OLD NEW": somebody changes bytes of a file behind our back.
func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 || len(args[1]) != len(args[2]) {
		ts.Fatalf("usage: damage FILE OLD NEW, of the same length")
	}
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(text, []byte(args[1])) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, bytes.ReplaceAll(text, []byte(args[1]), []byte(args[2])), 0o600))
}

// scriptHold runs "hold FOLDER [mute]": until the script ends, this process holds the database as "sameday run" does; a mute one does not
// answer on the control socket.
func scriptHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: hold FOLDER [mute]")
	}
	data := ts.MkAbs(args[0])
	ctx, cancel := context.WithCancel(context.Background())
	s, err := ledger.Open(ctx, data)
	ts.Check(err)
	c, err := config.Load(ts.MkAbs("bank.yaml"))
	ts.Check(err)
	rules, err := offlineRules(c)
	ts.Check(err)
	key, err := config.Key(ts.Getenv)
	ts.Check(err)
	at, err := time.Parse(time.RFC3339, testNow)
	ts.Check(err)
	done := make(chan error, 1)
	if len(args) > 1 {
		done <- nil
	} else {
		desk := store.NewDesk(s, rules, key)
		go func() { done <- control.Serve(ctx, ledger.Socket(data), desk, func() time.Time { return at }, nil) }()
		for _, err := control.Dial(ctx, ledger.Socket(data)); err != nil; _, err = control.Dial(ctx, ledger.Socket(data)) {
			<-time.After(5 * time.Millisecond)
		}
	}
	ts.Defer(func() {
		cancel()
		ts.Check(errors.Join(<-done, s.Close()))
	})
}

// scriptEventually runs "eventually PATTERN COMMAND ARGS…" again and again, until the command writes what matches.
func scriptEventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND ARGS…")
	}
	pattern := regexp.MustCompile(args[0])
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := ts.Exec(args[1], args[2:]...)
		if out := ts.ReadFile("stdout"); pattern.MatchString(out) {
			return
		} else if time.Now().After(deadline) {
			ts.Fatalf("%s never wrote what matches %s; the last time: %v\n%s", strings.Join(args[1:], " "), args[0], err, out)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// scriptSlack runs "slack": a local Slack with the sample bank, and the tokens for it in the environment.
func scriptSlack(ts *testscript.TestScript, _ bool, _ []string) {
	w, err := sandbox.New(sandbox.Options{Manifest: bot.Manifest(), Limits: sandbox.Limits{NoRateLimits: true}})
	ts.Check(err)
	ts.Defer(w.Close)
	b := sample.NewBank("zh-CN")
	for _, p := range b.People() {
		w.AddPerson(sandbox.Person{Name: p.Handle, RealName: p.Name, Email: p.Email})
	}
	for _, u := range b.Units {
		w.AddChannel(sandbox.Channel{Name: u.Channel})
	}
	address, err := w.Listen("127.0.0.1:0")
	ts.Check(err)
	ts.Setenv("SLACK_API_URL", address)
	ts.Setenv("SLACK_BOT_TOKEN", w.BotToken())
	ts.Setenv("SLACK_APP_TOKEN", w.AppToken())
	ts.Setenv("SCRIPT_NOW", "")
}
