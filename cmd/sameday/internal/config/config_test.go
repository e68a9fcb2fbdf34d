package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/bot/pulse"
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
	for what, d := range map[string]string{
		"nudges": cmp.Diff(workflow.DefaultPolicy().Nudges, c.Policy.Nudges), "ladder": cmp.Diff(workflow.DefaultLadder(), c.Policy.Ladder),
		"night_rungs": cmp.Diff(workflow.DefaultPolicy().NightRungs, c.Policy.NightRungs),
	} {
		if d != "" {
			t.Errorf("%s of the example is not the default: %s", what, d)
		}
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
	for _, j := range append(workflow.Jobs(), workflow.BranchJobs()...) {
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
		"nudges rise":        {"policy: {nudges: [80, 50]}", "5:18: nudges are [80 50]: use rising shares of 1 to 99"},
		"nudge of all":       {"policy: {nudges: [100]}", "5:18: nudges are [100]"},
		"nudge no number":    {"policy: {nudges: [50 %]}", "5:19: this must be a whole number"},
		"nudges no list":     {"policy: {nudges: 50}", "5:18: this must be a list"},
		"no rung":            {"policy: {ladder: []}", "5:18: ladder has 0 rungs: use 1 to 9"},
		"ladder no list":     {"policy: {ladder: {call: handler}}", "5:18: this must be a list"},
		"rung calls nobody":  {"policy: {ladder: [{call: []}]}", "5:26: rung 1 of the ladder calls nobody"},
		"rung without call":  {"policy: {ladder: [{call: handler}, {after: 5m}]}", "5:36: call is missing"},
		"first rung waits":   {"policy: {ladder: [{after: 5m, call: handler}]}", "5:27: the first rung is called at the breach itself"},
		"second does not":    {"policy: {ladder: [{call: handler}, {call: unit.duty}]}", "5:36: rung 2 of the ladder comes after 0s: use 1m to 24h"},
		"too soon":           {"policy: {ladder: [{call: handler}, {after: 5s, call: unit.duty}]}", "5:44: rung 2 of the ladder comes after 5s: use 1m to 24h"},
		"no span":            {"policy: {ladder: [{call: handler}, {after: 5, call: unit.duty}]}", "5:44: \"5\" is no duration"},
		"callee":             {"policy: {ladder: [{call: [unit.duty, unit.chief]}], night_rungs: [1]}", "5:38: rung 1 of the ladder: \"unit.chief\" calls nobody: write \"handler\""},
		"alternative":        {"policy: {ladder: [{call: unit.duty|bank.duty}], night_rungs: [1]}", "5:26: rung 1 of the ladder: \"bank.duty\" calls nobody"},
		"callee no text":     {"policy: {ladder: [{call: [{unit: duty}]}]}", "5:27: this must be a text"},
		"rung key":           {"policy: {ladder: [{who: handler}]}", "5:20: unknown key \"who\""},
		"night too high":     {"policy: {night_rungs: [2, 6]}", "5:23: night_rungs has 6: the ladder has rungs 1 to 5"},
		"no night":           {"policy: {night_rungs: []}", "5:23: night_rungs is empty"},
		"short ladder":       {"policy: {ladder: [{call: handler}]}", "night_rungs has 2: the ladder has rungs 1 to 1"},
		"plain gateway":      {"gateway: {url: \"http://sms.bank.example/\"}", "5:16: use https://; plain http:// is allowed on loopback only"},
		"gateway user":       {"gateway: {url: \"https://u:p@sms.bank.example/\"}", "5:16: this is no address that can be called"},
		"gateway key":        {"gateway: {uri: \"https://sms.bank.example/\"}", "5:11: unknown key \"uri\", did you mean url?"},
		"gateway secret":     {"gateway: {url: \"https://sms.bank.example/\", secret: x}", "unknown key \"secret\""},
		"gateway text":       {"gateway: https://sms.bank.example/", "5:10: this must be a mapping"},
		"heartbeat":          {"heartbeat: {url: beat}", "5:18: this is no address that can be called"},
		"no heartbeat":       {"heartbeat: {}", "url is missing"},
		"dead man's unit":    {"dead_man: [hq, hp]", "5:16: \"hp\" is not allowed here, did you mean hq?; use one of: hq"},
		"dead man twice":     {"dead_man: [hq, hq]", "5:16: unit hq is there twice"},
		"dead man no list":   {"dead_man: hq", "5:11: this must be a list"},
		"cron":               {"jobs: {notice: 8:30}", "5:16: \"8:30\" is no schedule"},
		"cron twice":         {"jobs: {notice: \"0 8,9 * * *\"}", "runs more than once a day"},
		"unknown job":        {"jobs: {noitce: \"0 8 * * *\"}", "unknown key \"noitce\", did you mean notice?"},
		"expert twice":       {"experts: [{id: U0000001, kind: lawyer}, {id: U0000001, kind: expert}]", "already"},
		"expert's answer":    {"expert_answer: 8d", "expert_answer"},
		"expert's haste":     {"expert_answer: 1s", "use 1m to"},
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

func TestLadder(t *testing.T) {
	t.Parallel()
	c, err := Parse("c.yaml", []byte(minimal+`policy:
  nudges: []
  night_rungs: [1, 2]
  ladder:
    - call: handler
    - {after: 1h30m, call: [unit.duty, "branch.duty|branch.consumer_protection"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := workflow.DefaultPolicy()
	want.Nudges, want.NightRungs = nil, []int{1, 2}
	want.Ladder = []workflow.Rung{
		{Call: []workflow.Callee{"handler"}},
		{After: workflow.Span(90 * time.Minute), Call: []workflow.Callee{"unit.duty", "branch.duty|branch.consumer_protection"}},
	}
	if d := cmp.Diff(want, c.Policy); d != "" {
		t.Error(d)
	}
}

func TestOutside(t *testing.T) {
	t.Parallel()
	// The units stand below the list that names them.
	c, err := Parse("c.yaml", []byte("dead_man: [a, hq]\ngateway: {url: \"https://sms.bank.example/rings?key=1\"}\nheartbeat: {url: \"http://127.0.0.1:9/x\"}\n"+
		minimal+"  - {id: a, tier: branch, parent: hq, name: A, channel: \"#a\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]org.UnitID{"a", "hq"}, c.DeadMan); d != "" {
		t.Error(d)
	}
	if c.Gateway.URL != "https://sms.bank.example/rings?key=1" || c.Heartbeat != "http://127.0.0.1:9/x" {
		t.Errorf("gateway %q, heartbeat %q, want them as written", c.Gateway.URL, c.Heartbeat)
	}
	none, err := Parse("c.yaml", []byte(minimal))
	if err != nil || none.Gateway.URL != "" || none.Heartbeat != "" || none.DeadMan != nil {
		t.Errorf("without the keys: %+v, %v, want nothing", none, err)
	}
}

func TestTooManyDeadMen(t *testing.T) {
	t.Parallel()
	var units, ids strings.Builder
	for i := range pulse.MaxChannels + 1 {
		fmt.Fprintf(&units, "  - {id: u%d, tier: branch, parent: hq, name: U, channel: \"#u%d\"}\n", i, i)
		fmt.Fprintf(&ids, "  - u%d\n", i)
	}
	_, err := Parse("c.yaml", []byte(minimal+units.String()+"dead_man:\n"+ids.String()))
	if want := fmt.Sprintf("c.yaml:%d:5: this is the unit no. 61 here: Slack's limits allow at most 60", 4+61+1+61); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want it to contain %q", err, want)
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
	f.Add(minimal + "policy: {nudges: [50], night_rungs: [1], ladder: [{call: handler}, {after: 15m, call: [unit.duty, a|b]}]}\n" +
		"gateway: {url: \"https://a.example/\"}\nheartbeat: {url: \"https://b.example/\"}\ndead_man: [hq]\n")
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
