package workflow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/org"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	good := workflow.Open{Unit: "jingan", Summary: "多收年费"}
	with := func(change func(*workflow.Open)) workflow.Open {
		o := good
		change(&o)
		return o
	}
	s := newStory(t)
	now := s.at("09:00")
	for _, c := range []struct {
		name  string
		cmd   workflow.Open
		code  workflow.Code
		field string
	}{
		{"no unit", with(func(o *workflow.Open) { o.Unit = "" }), workflow.UnknownUnit, "unit"},
		{"unknown unit", with(func(o *workflow.Open) { o.Unit = "moon" }), workflow.UnknownUnit, "unit"},
		{"no summary", with(func(o *workflow.Open) { o.Summary = "" }), workflow.Missing, "summary"},
		{"summary of signs", with(func(o *workflow.Open) { o.Summary = "?!😀\x00\n" }), workflow.Missing, "summary"},
		{"summary too long", with(func(o *workflow.Open) { o.Summary = strings.Repeat("长", 40_000) }), workflow.TooLong, "summary"},
		{"remedy too long", with(func(o *workflow.Open) { o.Remedy = strings.Repeat("长", 20_001) }), workflow.TooLong, "remedy"},
		{"sender too long", with(func(o *workflow.Open) { o.Sender = strings.Repeat("长", 201) }), workflow.TooLong, "sender"},
		{"work order with a ping", with(func(o *workflow.Open) { o.WorkOrder = "<!channel>" }), workflow.NotOneOf, "work_order"},
		{"work order too long", with(func(o *workflow.Open) { o.WorkOrder = strings.Repeat("8", 201) }), workflow.NotOneOf, "work_order"},
		{"unknown source", with(func(o *workflow.Open) { o.Source = "dream" }), workflow.NotOneOf, "source"},
		{"received tomorrow", with(func(o *workflow.Open) { o.ReceivedAt = now.Add(2 * time.Minute) }), workflow.InFuture, "received_at"},
		{"received long ago", with(func(o *workflow.Open) { o.ReceivedAt = now.AddDate(-2, 0, 0) }), workflow.TooOld, "received_at"},
		{"forwarded tomorrow", with(func(o *workflow.Open) { o.ForwardedAt = now.Add(time.Hour) }), workflow.InFuture, "forwarded_at"},
		{"forwarded long ago", with(func(o *workflow.Open) { o.ForwardedAt = now.AddDate(-2, 0, 0) }), workflow.TooOld, "forwarded_at"},
		{"negative amount", with(func(o *workflow.Open) { o.AmountFen = -1 }), workflow.NotOneOf, "amount"},
		{"negative heads", with(func(o *workflow.Open) { o.Flags.HeadCount = -1 }), workflow.NotOneOf, "head_count"},
		{"unknown business", with(func(o *workflow.Open) { o.Business = "opera" }), workflow.NotOneOf, "business"},
		{"unknown reason", with(func(o *workflow.Open) { o.Reason = "mood" }), workflow.NotOneOf, "reason"},
		{"unknown grade", with(func(o *workflow.Open) { o.Grade = "golden" }), workflow.NotOneOf, "grade"},
		{"unknown kind", with(func(o *workflow.Open) { o.Kinds = []workflow.SeriousKind{"joke"} }), workflow.NotOneOf, "kinds"},
		{"endless name", with(func(o *workflow.Open) { o.Customer.Name = strings.Repeat("J ", 300) }), workflow.TooLong, "customer_name"},
	} {
		if no := s.refused("jingan.staff", "09:00", c.cmd, c.code); no.Field != c.field {
			t.Errorf("%s: the wrong field is %s, want %s", c.name, no.Field, c.field)
		}
	}
	s.refused("stranger", "09:00", good, workflow.NoRight)

	s.does("jingan.staff", "09:00", workflow.Open{
		Unit: "jingan", Source: workflow.SourcePBOC, ReceivedAt: s.at("08:00"), WorkOrder: " HO-88213（二） ", Sender: "总行",
		Customer: workflow.CustomerRef{Record: "r", Name: "张三", Phone: "13812341234"}, Business: "card", Reason: "fee",
		Summary: "电话 １３８-1234-1234 <!channel>\r\n身份证 310101199003071230", Remedy: "退费，邮箱 wang@example.com",
		Grade: workflow.GradeKey, Kinds: []workflow.SeriousKind{workflow.KindDispute, workflow.KindPublicity, workflow.KindDispute},
	})
	if diff := cmp.Diff([]string{"opened.v1", "graded.v1", "kinds_set.v1", "brought_in.v1", "watched.v1"}, s.kinds(0)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if s.c.Masked != 3 || strings.Contains(s.c.Summary, "0307") || strings.Contains(s.c.Summary, "12341234") || strings.Contains(s.c.Remedy, "wang@") {
		t.Errorf("%d items masked in %q and %q", s.c.Masked, s.c.Summary, s.c.Remedy)
	}
	if s.c.Customer.Name != "张*" || s.c.Customer.Phone != "138****1234" || s.c.WorkOrder != "HO-88213（二）" {
		t.Errorf("customer %+v, work order %q", s.c.Customer, s.c.WorkOrder)
	}
	want := []workflow.SeriousKind{workflow.KindPublicity, workflow.KindDispute}
	if diff := cmp.Diff(want, s.c.Kinds); diff != "" || s.c.Grade != workflow.GradeKey || !s.c.Serious() {
		t.Errorf("grade %s, kinds (-want +got):\n%s", s.c.Grade, diff)
	}
	if s.c.OpenedBy != workflow.Person("jingan.staff") || !s.c.ReceivedAt.Equal(s.at("08:00")) || !s.c.RegisteredAt.Equal(s.at("09:00")) {
		t.Errorf("opened by %s, received %s, registered %s", s.c.OpenedBy, s.c.ReceivedAt, s.c.RegisteredAt)
	}
	precise := newStory(t).at("08:00").Add(123_456_789)
	events, err := workflow.Decide(workflow.Complaint{}, workflow.Open{Unit: "jingan", Summary: "x", ReceivedAt: precise}, workflow.System(), s.rules, precise)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []time.Time{events[0].(workflow.Opened).ReceivedAt, events[0].(workflow.Opened).RegisteredAt, events[0].(workflow.Opened).Deadlines[0].Start} {
		if want := precise.Truncate(time.Microsecond); !got.Equal(want) {
			t.Errorf("%s is kept as %s, want it to the microsecond, %s", precise, got, want)
		}
	}
	if plain := opened(t).c; plain.Source != workflow.SourceCounter || plain.Grade != workflow.GradeOrdinary || !plain.ReceivedAt.Equal(plain.RegisteredAt) {
		t.Errorf("the short form opens %+v", plain.Opened)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	s := opened(t)
	boss := "sh.compliance"
	s.refused(boss, "09:10", workflow.SetGrade{Grade: "x"}, workflow.NotOneOf)
	s.refused(boss, "09:10", workflow.SetGrade{Grade: workflow.GradeOrdinary}, workflow.NothingChanges)
	s.refused(boss, "09:10", workflow.SetGrade{Grade: workflow.GradeKey, Notice: strings.Repeat("号", 201)}, workflow.TooLong)
	s.refused("jingan.manager", "09:10", workflow.SetGrade{Grade: workflow.GradeKey}, workflow.NoRight)
	s.refused(boss, "09:10", workflow.SetGrade{Grade: workflow.GradeKey}, workflow.Missing)
	s.does(boss, "09:10", workflow.SetGrade{Grade: workflow.GradeKey, Notice: "2026-17"})
	if s.c.Grade != workflow.GradeKey || s.c.Notice != "2026-17" {
		t.Errorf("grade %s by notice %q", s.c.Grade, s.c.Notice)
	}
	s.refused(boss, "09:11", workflow.SetKinds{}, workflow.NothingChanges)
	s.refused(boss, "09:11", workflow.SetKinds{Kinds: []workflow.SeriousKind{"x"}}, workflow.NotOneOf)
	s.does(boss, "09:11", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindLegalCase, workflow.KindLegalCase}})
	if len(s.c.Kinds) != 1 || !s.c.Serious() {
		t.Errorf("kinds %v", s.c.Kinds)
	}
	s.does(boss, "09:12", workflow.SetKinds{})
	if s.c.Serious() {
		t.Errorf("kinds %v after taking all away", s.c.Kinds)
	}
	s.refused(boss, "09:13", workflow.SetFlags{}, workflow.NothingChanges)
	s.refused(boss, "09:13", workflow.SetFlags{Flags: workflow.Flags{HeadCount: 1_000_001}}, workflow.NotOneOf)
	s.does(boss, "09:13", workflow.SetFlags{Flags: workflow.Flags{Vulnerable: true, HeadCount: 40, Epidemic: true}})
	if s.c.Flags.HeadCount != 40 {
		t.Errorf("flags %+v", s.c.Flags)
	}
}

// Rule 7: corrections are new events; the old value stays in the record, and times are not corrected.
func TestCorrect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field, now string
		code       workflow.Code // empty = goes through
		is         string
	}{
		{workflow.FieldSummary, "多收两年年费", "", "多收两年年费"},
		{workflow.FieldSummary, "、", workflow.Missing, ""},
		{workflow.FieldSummary, "多收年费", workflow.NothingChanges, ""},
		{workflow.FieldSummary, strings.Repeat("长", 20_001), workflow.TooLong, ""},
		{workflow.FieldRemedy, "致电 13812341234", "", "致电 138****1234"},
		{workflow.FieldRemedy, "", workflow.NothingChanges, ""},
		{workflow.FieldAmount, "128000", "", "128000"},
		{workflow.FieldAmount, "-1", workflow.NotOneOf, ""},
		{workflow.FieldAmount, "12.50", workflow.NotOneOf, ""},
		{workflow.FieldAmount, "99999999999999999999", workflow.NotOneOf, ""},
		{workflow.FieldAmount, "00", workflow.NothingChanges, ""},
		{workflow.FieldBusiness, "card", "", "card"},
		{workflow.FieldBusiness, "opera", workflow.NotOneOf, ""},
		{workflow.FieldReason, "fee", "", "fee"},
		{workflow.FieldReason, "", workflow.NotOneOf, ""},
		{workflow.FieldSource, "nfra", "", "nfra"},
		{workflow.FieldSource, "dream", workflow.NotOneOf, ""},
		{workflow.FieldWorkOrder, "HO-1", "", "HO-1"},
		{workflow.FieldWorkOrder, "HO|1", workflow.NotOneOf, ""},
		{workflow.FieldSender, "总行", "", "总行"},
		{workflow.FieldSender, strings.Repeat("长", 201), workflow.TooLong, ""},
		{"received_at", "2026-11-23 10:00", workflow.NotOneOf, ""},
		{"", "", workflow.NotOneOf, ""},
	} {
		s := opened(t)
		cmd := workflow.Correct{Field: c.field, Now: c.now, Why: "录入有误"}
		if c.code != "" {
			s.refused("jingan.staff", "09:10", cmd, c.code)
			continue
		}
		s.does("jingan.staff", "09:10", cmd)
		e, _ := s.last().(workflow.Corrected)
		fields := map[string]string{
			workflow.FieldSummary: s.c.Summary, workflow.FieldRemedy: s.c.Remedy, workflow.FieldBusiness: s.c.Business,
			workflow.FieldReason: s.c.Reason, workflow.FieldSource: string(s.c.Source), workflow.FieldWorkOrder: s.c.WorkOrder,
			workflow.FieldSender: s.c.Sender, workflow.FieldAmount: "128000",
		}
		if e.Now != c.is || fields[c.field] != c.is || e.Why != "录入有误" {
			t.Errorf("%s = %q in the event %+v, want %q", c.field, fields[c.field], e, c.is)
		}
		if c.field == workflow.FieldAmount && (s.c.AmountFen != 128_000 || e.Was != "0") {
			t.Errorf("amount %d, was %s", s.c.AmountFen, e.Was)
		}
		if c.field == workflow.FieldSummary && e.Was != "多收年费" {
			t.Errorf("was %q", e.Was)
		}
	}
	if len(workflow.CorrectableFields()) != 8 {
		t.Errorf("fields %v: this table has eight", workflow.CorrectableFields())
	}
	closed := opened(t).upTo("")
	closed.does("jingan.staff", "10:00", workflow.Correct{Field: workflow.FieldSender, Now: "总行"})
	closed.refused("sh.office", "10:00", workflow.Correct{Field: workflow.FieldSender, Now: "x"}, workflow.NoRight)
}

func TestCustomer(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.refused("jingan.manager", "09:10", workflow.ShowCustomer{}, workflow.NoCustomer)
	if no := s.refused("jingan.staff", "09:10", workflow.SetCustomer{}, workflow.Missing); no.Field != "customer_name" {
		t.Errorf("missing is %s", no.Field)
	}
	set := workflow.SetCustomer{Customer: workflow.CustomerRef{Record: "r", Name: "欧阳娜娜", Phone: "+86 138 1234 1234"}}
	s.does("jingan.staff", "09:10", set)
	if diff := cmp.Diff(workflow.CustomerRef{Record: "r", Name: "欧阳**", Phone: "138****1234"}, s.c.Customer); diff != "" {
		t.Errorf("customer (-want +got):\n%s", diff)
	}
	s.refused("jingan.staff", "09:11", set, workflow.NothingChanges)
	s.refused("jingan.staff", "09:11", workflow.ShowCustomer{}, workflow.NoRight)
	s.does("jingan.manager", "09:11", workflow.ShowCustomer{})
	if f := s.facts[len(s.facts)-1]; f.Event.Kind() != "customer_shown.v1" || f.By != workflow.Person("jingan.manager") {
		t.Errorf("shown by %s as %s", f.By, f.Event.Kind())
	}
	s.rules.Policy.Reveal, s.rules.Policy.RevealWhere = workflow.RevealNever, "核心系统 3021"
	if no := s.refused("jingan.manager", "09:12", workflow.ShowCustomer{}, workflow.RevealOff); no.Value != "核心系统 3021" {
		t.Errorf("look in %q", no.Value)
	}
	s.refused("jingan.staff", "09:12", workflow.ShowCustomer{}, workflow.NoRight)
}

func TestNote(t *testing.T) {
	t.Parallel()
	s := opened(t)
	for _, empty := range []string{"", "\x00\u202e", "😀"} {
		s.refused("xuhui.staff", "09:10", workflow.Note{Text: empty}, workflow.Missing)
	}
	s.refused("stranger", "09:10", workflow.Note{Text: "x"}, workflow.NoRight)
	s.refused("xuhui.staff", "09:10", workflow.Note{Text: strings.Repeat("x", 200_000)}, workflow.TooLong)
	for typed, kept := range map[string]string{
		"a\xff\x00b":                "a\uFFFDb",
		"x\u202ey <!channel> &amp;": "xy <!channel> &amp;",
		" 卡 6222021234567894 ":      "卡 **** **** **** 7894",
	} {
		s.does("xuhui.staff", "09:10", workflow.Note{Text: typed})
		if e, _ := s.last().(workflow.Noted); e.Text != kept {
			t.Errorf("%q is kept as %q, want %q", typed, e.Text, kept)
		}
	}
	s.upTo("").does("sh.office", "10:00", workflow.Note{Text: "回访满意"})
}

func TestRecordPost(t *testing.T) {
	t.Parallel()
	s := opened(t)
	root := workflow.RecordPost{Posted: workflow.Posted{What: workflow.PostedRoot, Channel: "C1", TS: "1.2", Link: "https://x"}}
	s.does("system", "09:01", root)
	s.refused("system", "09:01", root, workflow.NothingChanges)
	s.refused("sh.president", "09:01", root, workflow.NoRight)
	before := s.c
	s.does("system", "09:02", workflow.RecordPost{Posted: workflow.Posted{What: workflow.PostedMirror("sh"), Channel: "C2", TS: "1.3"}})
	if s.c.Posts["mirror:sh"].TS != "1.3" || s.c.Posts["root"].Link != "https://x" || len(before.Posts) != 1 {
		t.Errorf("posts %+v, before %+v", s.c.Posts, before.Posts)
	}
}

// Whoever holds an old value of a complaint keeps it as it was.
func TestWithLeavesTheOldAlone(t *testing.T) {
	t.Parallel()
	s := opened(t)
	for _, night := range []string{"2026-11-23", "2026-11-24", "2026-11-25"} {
		s.does("system", day(t, night).Add(1).String()+" 00:05", workflow.FlagOvernight{Day: day(t, night)})
	}
	old, facts := s.c, s.facts
	one := old.With(workflow.Fact{Event: workflow.LeftOvernight{Night: 4}})
	other := old.With(workflow.Fact{Event: workflow.LeftOvernight{Night: 5}})
	if one.Night() != 4 || other.Night() != 5 {
		t.Errorf("two futures of a complaint share their nights: %d and %d", one.Night(), other.Night())
	}
	s.upToFrom("", "2026-11-26 09:00").does("jingan.staff", "2026-11-26 10:00", workflow.Reopen{Reason: "再次来电"}).
		does("jingan.manager", "2026-11-26 10:01", workflow.Assign{Handler: "sh.office", CoHandlers: []org.PersonID{"sh.head"}})
	if diff := cmp.Diff(workflow.Fold(old.ID, facts), old, alike...); diff != "" {
		t.Errorf("the complaint handed out before changed (-want +got):\n%s", diff)
	}
}
