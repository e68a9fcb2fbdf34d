package stage_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"

	"sameday/cmd/sameday/internal/sample"
	"sameday/cmd/sameday/internal/stage"
	"sameday/store"
)

// show is the play of one script.
type show struct {
	stage   *stage.Stage
	ctx     context.Context
	gateway *service
	log     *journal
}

type showKey struct{}

// The stories: each person is a command, "wang.li /complaint accept 1", and each story begins on Monday 2026-11-23 at 09:00 in
// Shanghai, with the rosters of the sample bank. At its end the ledger must verify.
func TestStories(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"zh-CN", "en"} {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			testscript.RunT(wholly{t}, testscript.Params{Dir: "testdata/story/" + dir, Cmds: commands(), Setup: setup(dir), RequireUniqueNames: true})
		})
	}
}

// wholly runs every story to its end: one that is left out fails.
type wholly struct{ *testing.T }

func (t wholly) Skip(args ...any) { t.Fatal(append([]any{"the story left off:"}, args...)...) }

func (t wholly) Parallel() { t.T.Parallel() }

func (t wholly) Run(name string, do func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { do(wholly{t}) })
}

func (t wholly) Verbose() bool { return testing.Verbose() }

func setup(language string) func(*testscript.Env) error {
	return func(env *testscript.Env) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		env.Defer(cancel)
		zone, err := sample.Location()
		if err != nil {
			return err
		}
		began, real := time.Date(2026, 11, 23, 9, 0, 0, 0, zone), time.Now()
		g, err := newService()
		if err != nil {
			return err
		}
		env.Defer(g.server.Close)
		log := &journal{}
		s, err := stage.Open(ctx, stage.Options{
			Language: language, Dir: env.WorkDir, Log: zerolog.New(log), Now: func() time.Time { return began.Add(time.Since(real)) },
			Rosters: true, Gateway: g.ringer,
		})
		if err != nil {
			return err
		}
		env.Defer(func() {
			report, err := store.Verify(context.Background(), s.Desk.Store())
			if err == nil && report.Records == 0 {
				err = errors.New("the ledger is empty")
			}
			if err := errors.Join(err, s.Close()); err != nil {
				env.T().Fatal(err)
			}
		})
		env.Values[showKey{}] = &show{stage: s, ctx: ctx, gateway: g, log: log}
		return s.Start(ctx)
	}
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	out := map[string]func(*testscript.TestScript, bool, []string){
		"later": at("skip"), // skip is a word of testscript's own
		"until": at("until"),
		"down":  control((*stage.Stage).Stop),
		"slack": slack, "gateway": rung, "import": importRoster,
		"up": func(ts *testscript.TestScript, _ bool, _ []string) {
			s := ts.Value(showKey{}).(*show)
			ts.Check(s.stage.Start(s.ctx))
		},
	}
	for _, p := range sample.NewBank("zh-CN").People() {
		out[p.Handle] = person(p.Handle)
	}
	return out
}

// at passes a clock command on.
func at(word string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		s := ts.Value(showKey{}).(*show)
		_, err := s.stage.Exec(s.ctx, word+" "+strings.Join(args, " "))
		ts.Check(err)
	}
}

func control(do func(*stage.Stage) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(do(ts.Value(showKey{}).(*show).stage)) }
}

// person does as a person what the rest of the line says, in the unit's own channel, or in that of a first argument "@channel". What
// the person sees goes to stdout.
func person(handle string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s := ts.Value(showKey{}).(*show)
		who := handle
		if len(args) > 0 && strings.HasPrefix(args[0], "@") {
			who, args = handle+args[0], args[1:]
		}
		ts.Check(s.stage.As(who))
		out, err := s.stage.Exec(s.ctx, strings.Join(args, " "))
		if _, werr := ts.Stdout().Write([]byte(out)); werr != nil {
			ts.Fatalf("%v", werr)
		}
		if neg != (err != nil) {
			ts.Fatalf("%s: %v", strings.Join(args, " "), err)
		}
	}
}
