package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

const examplePath = "../../../../config.example.yaml"

func TestExampleIsComplete(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	c, f, err := parse("config.example.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if absent := f.Absent(); len(absent) > 0 {
		t.Errorf("config.example.yaml does not show the keys %v", absent)
	}
	if got, want := c.Policy, workflow.DefaultPolicy(); got.Accept != want.Accept || got.Window != want.Window || got.LateIntake != want.LateIntake {
		t.Errorf("policy of the example = %+v, want the defaults %+v", got, want)
	}
	for job, want := range defaultJobs() {
		if want.Spec == "" || c.Jobs[job].Spec != want.Spec {
			t.Errorf("job %s = %q, want the default %q", job, c.Jobs[job].Spec, want.Spec)
		}
	}
}

func TestEveryJobHasADefault(t *testing.T) {
	t.Parallel()
	jobs := defaultJobs()
	for _, j := range workflow.Jobs() {
		if jobs[j].days == nil {
			t.Errorf("job %s has no default schedule", j)
		}
	}
}

func TestDataCountsFromTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(path, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "d"); c.Data != want {
		t.Errorf("Data = %s, want %s", c.Data, want)
	}
	if _, err := Load(filepath.Join(dir, "no.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load of a missing file = %v, want ErrNotExist", err)
	}
}

const minimal = `zone: Asia/Shanghai
data: d
units:
  - {id: hq, tier: head_office, name: 总行, channel: "#hq"}
`

// TestMistakes adds lines to a good file; each mistake must be named with its line and column.
func TestMistakes(t *testing.T) {
	t.Parallel()
	// Line 5 is the first added one.
	for name, tc := range map[string]struct{ add, want string }{
		"unknown key":        {"langage: en", "c.yaml:5:1: unknown key \"langage\", did you mean language?; allowed here: language, zone,"},
		"value not allowed":  {"language: fr", "c.yaml:5:11: \"fr\" is not allowed here; use one of: zh-CN, en"},
		"unknown unit key":   {"  - {id: a, tier: branch, parent: hq, name: A, chanel: \"#a\"}", "5:48: unknown key \"chanel\", did you mean channel?"},
		"unknown tier":       {"  - {id: a, tier: sub-branch, parent: hq, name: A, channel: \"#a\"}", "5:19: \"sub-branch\" is not allowed here, did you mean sub_branch?"},
		"unknown parent":     {"  - {id: a, tier: branch, parent: hx, name: A, channel: \"#a\"}", "5:35: unit a has the parent \"hx\", which is no unit here; units: hq, a"},
		"no parent":          {"  - {id: a, tier: branch, name: A, channel: \"#a\"}", "5:5: unit a needs a parent; units here: hq, a"},
		"parent of its tier": {"  - {id: a, tier: branch, parent: a, name: A, channel: \"#a\"}", "5:35: unit a (branch) cannot stand under a (branch)"},
		"second head office": {"  - {id: a, tier: head_office, name: A, channel: \"#a\"}", "5:10: unit hq is head office already"},
		"id twice":           {"  - {id: hq, tier: branch, parent: hq, name: A, channel: \"#a\"}", "5:10: unit hq is there twice"},
		"channel twice":      {"  - {id: a, tier: branch, parent: hq, name: A, channel: \"#hq\"}", "5:57: unit hq has this channel already"},
		"bad channel":        {"  - {id: a, tier: branch, parent: hq, name: A, channel: General}", "5:57: \"General\" is no channel"},
		"bad id":             {"  - {id: A B, tier: branch, parent: hq, name: A, channel: \"#a\"}", "5:10: \"A B\" is no id"},
		"unit's zone":        {"  - {id: a, tier: branch, parent: hq, name: A, channel: \"#a\", zone: Asia/Peking}", "unknown time zone \"Asia/Peking\""},
		"unknown position":   {"  - {id: a, tier: branch, parent: hq, name: A, channel: \"#a\", positions: {chief: [U0000001]}}", "5:75: unknown key \"chief\""},
		"nobody":             {"  - {id: a, tier: branch, parent: hq, name: A, channel: \"#a\", positions: {staff: [Li Wei]}}", "5:83: \"Li Wei\" is nobody"},
		"person twice":       {"  - {id: a, tier: branch, parent: hq, name: A, channel: \"#a\", positions: {staff: [a@b.cn, A@b.cn]}}", "a@b.cn holds this position twice"},
		"unit without name":  {"  - {id: a, tier: branch, parent: hq, channel: \"#a\"}", "5:5: name is missing"},
		"duration":           {"policy: {accept: 30}", "5:18: \"30\" is no duration: write 30m, 2h or 1h30m"},
		"impossible span":    {"policy: {accept: 25h}", "5:18: accept is 25h0m0s: use more than 0 and at most 24h"},
		"wrong order":        {"policy: {contact: 10m}", "accept, assign and contact come in this order"},
		"negative days":      {"policy: {reopen_days: -1}", "5:23: this must be a whole number from 0 to 3650"},
		"zero days":          {"policy: {statutory_days: 0}", "5:26: statutory_days is 0: use 1 to 365"},
		"source":             {"policy: {forwarded_days: {pbco: 3}}", "5:27: unknown key \"pbco\", did you mean pboc?"},
		"late intake":        {"policy: {late_intake: windows}", "5:23: \"windows\" is not allowed here, did you mean window?"},
		"reveal":             {"policy: {reveal: always}", "5:18: \"always\" is not allowed here; use one of: ephemeral, never"},
		"cron":               {"jobs: {notice: 8:30}", "5:16: \"8:30\" is no schedule"},
		"cron twice":         {"jobs: {notice: \"0 8,9 * * *\"}", "runs more than once a day"},
		"unknown job":        {"jobs: {noitce: \"0 8 * * *\"}", "unknown key \"noitce\", did you mean notice?"},
		"expert":             {"experts: [{id: somebody, kind: lawyer}]", "5:16: \"somebody\" is nobody"},
		"code twice":         {"codes: {business: [{id: a, zh: 甲}, {id: a, zh: 乙}]}", "5:41: code a is there twice"},
		"plain http":         {"slack: {api_url: \"http://slack.com/api\"}", "5:18: use https://; plain http://"},
		"no mapping":         {"policy: strict", "5:9: this must be a mapping of keys to values, not a single value"},
		"no list":            {"experts: nobody", "5:10: this must be a list"},
		"key twice":          {"zone: UTC", "5:1: mapping key \"zone\" already defined at [1:1]"},
		"syntax":             {"log: {level: \"inf", "c.yaml:5:"},
		"tab":                {"\tlog: info", "c.yaml:5:"},
		"alias":              {"log: {level: *x}", "c.yaml:5:14: "},
		"second document":    {"---\nzone: UTC", "a second document begins here"},
		"log level":          {"log: {level: loud}", "5:14: \"loud\" is not allowed here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("c.yaml", []byte(minimal+tc.add+"\n"))
			if err == nil {
				t.Fatalf("no error, want one with %q", tc.want)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got\n%v\nwant it to contain\n%s", err, tc.want)
			}
			if first, _, _ := strings.Cut(tc.add, "\n"); name != "second document" && !strings.Contains(err.Error(), first) {
				t.Errorf("got\n%v\nwhich does not show the line\n%s", err, first)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse("c.yaml", []byte("zone: Mars\nunits: []\nlanguage: xx\n"))
	for _, want := range []string{"c.yaml:1:7: unknown time zone", "c.yaml:3:11: ", "data is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwant it to contain %q", err, want)
		}
	}
}

func TestMarkStandsUnderWideCharacters(t *testing.T) {
	t.Parallel()
	_, err := Parse("c.yaml", []byte("zone: UTC\ndata: d\nunits: [{name: 支行, tirr: x}]\n"))
	want := "    3 | units: [{name: 支行, tirr: x}]\n      |                      ^"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got\n%v\nwant it to contain\n%s", err, want)
	}
}

func TestTreeLooksUpOnce(t *testing.T) {
	t.Parallel()
	c, err := Parse("c.yaml", []byte(strings.Replace(minimal, `channel: "#hq"}`,
		`channel: "#hq", positions: {standing: [A@b.cn, U0000001], service_desk: a@b.cn}}`, 1)+"experts: [{id: a@b.cn, kind: lawyer}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	tree, err := c.Tree(func(e string) (org.PersonID, error) {
		asked++
		if e != "a@b.cn" {
			t.Errorf("asked for %q, want a@b.cn", e)
		}
		return "U0000002", nil
	}, func(name string) (string, error) { return "C-" + name, nil })
	if err != nil {
		t.Fatal(err)
	}
	root := tree.Root()
	if asked != 1 || root.Channel != "C-hq" {
		t.Errorf("asked %d times, channel %s, want once and C-hq", asked, root.Channel)
	}
	want := map[org.Position][]org.PersonID{org.Standing: {"U0000002", "U0000001"}, org.ServiceDesk: {"U0000002"}}
	if d := cmp.Diff(want, root.Positions); d != "" {
		t.Error(d)
	}
	_, err = c.Tree(func(string) (org.PersonID, error) { return "", ErrUnknown }, func(string) (string, error) { return "", errors.New("timeout") })
	for _, want := range []string{"c.yaml:4:", "nobody in the workspace has the e-mail a@b.cn", "#hq could not be looked up: timeout"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to contain %q", err, want)
		}
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	for spec, ok := range map[string]bool{
		"5 0 * * *": true, "30 8 * * 1-5": true, "0 9 1 1,4,7,10 *": true, "@daily": true, "@monthly": true, "0 0 29 2 *": true,
		"TZ=UTC 5 0 * * *": false, "TZ=UTC": false, "CRON_TZ=UTC": false, "@every 24h": false, "@every -5m": false, "@hourly": false, "* 8 * * *": false,
		"0 8-9 * * *": false, "0 0 30 2 *": false, "*/61 5 * * *": false, "0 */25 * * *": false, "": false, "0 8 * *": false, "99 8 * * *": false,
		"0 0 0 0 0 0": false, "一 8 * * *": false,
	} {
		s, err := ParseSchedule(spec)
		if (err == nil) != ok {
			t.Errorf("ParseSchedule(%q) = %+v, %v; want ok = %v", spec, s, err, ok)
		}
	}
}

func TestScheduleIsOfCivilDays(t *testing.T) {
	t.Parallel()
	cairo, err := time.LoadLocation("Africa/Cairo") // clocks jump over midnight in April 2026
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSchedule("5 0 * * *")
	if err != nil {
		t.Fatal(err)
	}
	day := calendar.Day{Year: 2026, Month: time.January, Day: 1}
	for i, at := range s.Next(day.Start(cairo).Add(-time.Second), cairo, 365) {
		if got, want := calendar.DayOf(at, cairo), day.Add(i); got != want {
			t.Fatalf("run %d is on %v, want %v: each day once", i, got, want)
		}
	}
	weekdays, err := ParseSchedule("30 8 * * 1-5")
	if err != nil {
		t.Fatal(err)
	}
	if weekdays.On(calendar.Day{Year: 2026, Month: time.November, Day: 22}) || !weekdays.On(calendar.Day{Year: 2026, Month: time.November, Day: 23}) {
		t.Error("1-5 must run on Monday 23 November 2026 and not on Sunday 22")
	}
	either, err := ParseSchedule("0 9 1 * 1")
	if err != nil {
		t.Fatal(err)
	}
	if !either.On(calendar.Day{Year: 2026, Month: time.November, Day: 1}) || !either.On(calendar.Day{Year: 2026, Month: time.November, Day: 2}) {
		t.Error("a day of month and a day of week are added: Sunday the 1st and Monday the 2nd run")
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(minimal)
	f.Add(minimal + "policy: {accept: 30m, extend_days: [1, 2]}\njobs: {dusk: \"0 18 * * *\"}\n")
	f.Add("a: &x 1\nb: *x\n<<: {}\n? [q]: 3\n")
	f.Add("units: [{positions: {president: {}}}]\n- \"")
	f.Add("zone: !!str |\n  x\n%TAG\n---\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("f.yaml", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("error %q does not name the file", err)
			}
			return
		}
		if _, err := c.OfflineTree(); err != nil {
			t.Errorf("a configuration that was accepted has no tree: %v", err)
		}
	})
}
