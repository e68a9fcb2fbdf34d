package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"sameday/cmd/sameday/internal/intake"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // 10:00 in Shanghai

func clock() time.Time { return now }

func newDesk(t testing.TB) *store.Desk {
	t.Helper()
	c, err := sample.NewBank("zh-CN").Config()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := c.OfflineTree()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := bolt.Open(context.Background(), filepath.Join(t.TempDir(), "s.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	key, _ := store.NewKey()
	rules := &workflow.Rules{Tree: tree, Policy: c.Policy, Codes: c.Codes}
	return store.NewDesk(engine, func() *workflow.Rules { return rules }, key)
}

func load(t testing.TB, desk *store.Desk, f intake.Format, m *intake.Map, text string) intake.Report {
	t.Helper()
	rows, err := intake.Read(strings.NewReader(text), f, m)
	if err != nil {
		t.Fatal(err)
	}
	report, err := intake.Import(context.Background(), desk, rows, intake.Options{Now: clock})
	if err := errors.Join(err, rows.Close()); err != nil {
		t.Fatal(err)
	}
	return report
}

// complaints lists what was opened today, by summary.
func complaints(t testing.TB, desk *store.Desk) map[string]workflow.Complaint {
	t.Helper()
	day := calendar.Day{Year: 2026, Month: time.November, Day: 23}
	ids, err := desk.Numbers(context.Background(), day, day)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]workflow.Complaint{}
	for _, id := range ids {
		c, err := desk.Complaint(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		out[c.Summary] = c
	}
	return out
}

const chinese = `工单编号,来文单位,收到时间,机构,来源,客户姓名,联系电话,证件号,业务,金额,摘要,诉求
HO-1,总行,2026-11-23 09:12,静安支行,人行,张建华,13800138000,11010519491231002X,信用卡,"1,280.00",年费未退,退费
HO-2,,2026-11-23T00:30:00+08:00,xuhui,12345,,,,,1.2万,"第一行
第二行",
`

func TestEncodingsAndDelimitersReadAlike(t *testing.T) {
	t.Parallel()
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	semicolons := strings.NewReplacer(`"1,280.00"`, "1280", ",", ";").Replace(chinese)
	for name, text := range map[string]string{
		"utf-8": chinese, "byte-order mark": "\ufeff" + chinese, "gb18030": gb, "utf-16": utf16, "semicolons": semicolons,
		"tabs": strings.ReplaceAll(semicolons, ";", "\t"), "crlf": strings.ReplaceAll(chinese, "\n", "\r\n"),
		"gb18030 far in": "unit,summary,x\n" + strings.Repeat("jingan,plain ascii text,y\n", 10_000) + "jingan," + mustGB(t, "中文在后") + ",y\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "gb18030 far in" {
				if last := lastSummary(t, text); last != "中文在后" {
					t.Errorf("last summary = %q, want 中文在后", last)
				}
				return
			}
			desk := newDesk(t)
			if d := cmp.Diff(intake.Report{Opened: 2}, load(t, desk, intake.CSV, nil, text)); d != "" {
				t.Fatal(d)
			}
			c := complaints(t, desk)["年费未退"]
			if c.Unit != "jingan" || c.Source != workflow.SourcePBOC || c.AmountFen != 128_000 || c.Business != "credit_card" ||
				c.Sender != "总行" || c.WorkOrder != "HO-1" || c.Remedy != "退费" || c.Customer.Name != "张*" && c.Customer.Name != "张**" {
				t.Errorf("first complaint = %+v", c.Opened)
			}
			if want := time.Date(2026, 11, 23, 1, 12, 0, 0, time.UTC); !c.ReceivedAt.Equal(want) {
				t.Errorf("received %v, want %v", c.ReceivedAt, want)
			}
		})
	}
}

func mustGB(t *testing.T, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func lastSummary(t *testing.T, text string) (last string) {
	t.Helper()
	rows, err := intake.Read(strings.NewReader(text), intake.CSV, nil)
	if err != nil {
		t.Fatal(err)
	}
	for row := range rows.All() {
		last = row.Value(intake.FieldSummary)
	}
	return last
}

func TestWorkOrderOpensOnce(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	load(t, desk, intake.CSV, nil, chinese)
	again := load(t, desk, intake.CSV, nil, chinese+"ho-1 ,,,jingan,,,,,,,又一次,\n")
	if d := cmp.Diff(intake.Report{Known: 3}, again); d != "" {
		t.Error(d)
	}
	one := newDesk(t)
	var twins strings.Builder
	twins.WriteString("work_order,unit,summary\n")
	for i := range 200 {
		fmt.Fprintf(&twins, "W-%d,jingan,complaint\n", i%20)
	}
	if d := cmp.Diff(intake.Report{Opened: 20, Known: 180}, load(t, one, intake.CSV, nil, twins.String())); d != "" {
		t.Error(d)
	}
}

func TestBadRowsAreNamedAndTellNothing(t *testing.T) {
	t.Parallel()
	const secret = "SECRETTEXT"
	rows := []struct{ row, reason string }{
		{"W1,jingan,good,,,,", ""},
		{"W2,nowhere" + secret + ",text,,,,", "unit is none of the configuration's ids and names"},
		{"W3,,text,,,,", "unit is missing"},
		{"W4,jingan,,,,,", "summary is missing"},
		{"W5,jingan,text,昨天 10:00,,,", "received_at is no time"},
		{"W6,jingan,text,2026-11-24 10:00,,,", "received_at lies in the future"},
		{"W7,jingan,text,2020-01-01 10:00,,,", "received_at is more than a year ago"},
		{"W8,jingan,text,,abc" + secret + ",,", "amount is no amount"},
		{"W9,jingan,text,,-5,,", "amount is no amount"},
		{"W10,jingan,text,,,letter" + secret + ",", "source is none of"},
		{"W11,jingan,text,,,,x" + secret, "business is none of"},
		{"W12,jingan,text", "it has 3 columns, the header has 7"},
		{"1.23E+17,jingan,text,,,,", "work_order was rounded by Excel"},
		{"W14,jingan," + strings.Repeat("长", 60_000) + ",,,,", "summary is longer than"},
		{"W15,jingan,te\xffxt,,,,", ""},
		{`W16,jingan,a "quoted" word,,,,`, "has a quotation mark inside a text"},
		{",jingan,good too,,,,", ""},
	}
	text := "work_order,unit,summary,received_at,amount,source,business\n"
	want := map[int]string{}
	for i, r := range rows {
		text += strings.ReplaceAll(r.row, "te\xffxt", "text") + "\n"
		if r.reason != "" {
			want[i+2] = r.reason
		}
	}
	desk := newDesk(t)
	report := load(t, desk, intake.CSV, nil, text)
	if report.Opened != len(rows)-len(want) || report.Unnumbered != 1 {
		t.Errorf("opened %d, unnumbered %d; want %d and 1", report.Opened, report.Unnumbered, len(rows)-len(want))
	}
	got := map[int]string{}
	for _, b := range report.Bad {
		got[b.Line] = b.Reason
		if strings.Contains(b.Reason, secret) {
			t.Errorf("line %d: %q tells what stands in the row", b.Line, b.Reason)
		}
	}
	for line, reason := range want {
		if !strings.Contains(got[line], reason) {
			t.Errorf("line %d: %q, want %q", line, got[line], reason)
		}
	}
	if len(got) != len(want) {
		t.Errorf("bad rows = %v, want %d", got, len(want))
	}
}

func TestCustomersOwnDataIsHiddenInFreeText(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	report := load(t, desk, intake.CSV, nil, `unit,customer_name,customer_phone,customer_id,summary,remedy
jingan,张建华,021-62345678,E12345678,张建华来电：年费未退,回电 021-62345678
jingan,Li Wei,,E87654321,"LI WEI waited in Line, passport e87654321",
jingan,王,,,王先生不满,
`)
	if report.Opened != 3 {
		t.Fatalf("report = %+v", report)
	}
	for summary, c := range complaints(t, desk) {
		for _, secret := range []string{"张建华", "62345678", "LI WEI", "87654321"} {
			if strings.Contains(summary+c.Remedy, secret) {
				t.Errorf("%q, %q tell %s", summary, c.Remedy, secret)
			}
		}
		if strings.Contains(summary, "waited") && !strings.Contains(summary, "waited in Line") || strings.Contains(summary, "不满") && summary != "王先生不满" {
			t.Errorf("%q lost more than it should", summary)
		}
	}
}

func TestUnclosedQuotationMark(t *testing.T) {
	t.Parallel()
	report := load(t, newDesk(t), intake.CSV, nil, "unit,summary\njingan,good\njingan,\"never closed\njingan,x\n")
	if report.Opened != 1 || len(report.Bad) != 1 || report.Bad[0].Line != 3 || !strings.Contains(report.Bad[0].Reason, "not closed") {
		t.Errorf("report = %+v, want one opened and line 3 bad", report)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"empty":      {"", "the file is empty"},
		"no summary": {"unit,sumary\n", "no column tells the summary; the file has: unit, sumary"},
		"no unit":    {"摘要\n", "no column tells the unit"},
		"twice":      {"unit,summary,摘要\n", "two columns tell the summary"},
	} {
		_, err := intake.Read(strings.NewReader(tc.text), intake.CSV, nil)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
	rows, err := intake.Read(strings.NewReader(" Unit , Customer Name,ＳＵＭＭＡＲＹ,extra\n"), intake.CSV, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"extra"}, rows.Ignored); d != "" {
		t.Error(d)
	}
	if _, err := intake.Read(strings.NewReader("not a workbook"), intake.XLSX, nil); err == nil {
		t.Error("a text was read as a workbook")
	}
	if _, err := intake.Read(strings.NewReader(""), "pdf", nil); err == nil {
		t.Error("an unknown format was read")
	}
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	report := load(t, desk, intake.JSONL, nil, "\ufeff"+`{"unit":"jingan","摘要":"数字","amount":1280.5,"work_order":88213,"source":null}

[1]
{"unit":"jingan","summary":["list"]}
{"unit":"jingan"
{"unit":"jingan","summary":"two"} {"unit":"jingan"}
`+strings.Repeat("x", 2<<20)+"\n"+`{"unit":"静安支行","summary":"last"}`)
	if d := cmp.Diff(intake.Report{Opened: 2, Unnumbered: 1, Bad: []intake.BadRow{
		{Line: 3, Reason: "it is not one JSON object"},
		{Line: 4, Reason: "a value is a list or an object; only texts and numbers are read"},
		{Line: 5, Reason: "it is not one JSON object"},
		{Line: 6, Reason: "it is not one JSON object"},
		{Line: 7, Reason: "the line is longer than a megabyte"},
	}}, report); d != "" {
		t.Error(d)
	}
	if c := complaints(t, desk)["数字"]; c.AmountFen != 128_050 || c.WorkOrder != "88213" {
		t.Errorf("complaint = %+v", c.Opened)
	}
}

func workbook(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, r := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := errors.Join(f.Write(&b), f.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	text := string(workbook(t,
		[]any{},
		[]any{"机构", "摘要", "收到时间", "金额", "工单编号", "联系电话"},
		[]any{"静安支行", "日期是序列值", time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC), 1280.1, 88213, 13800138000},
		[]any{},
		[]any{"xuhui", "日期是文本", "2026-11-23 09:00"},
		[]any{"xuhui", "坏日期", 3.5e9},
		[]any{"xuhui", "多一列", "", "", "", "", "more"},
	))
	report := load(t, desk, intake.XLSX, nil, text)
	if report.Opened != 2 || len(report.Bad) != 2 || report.Bad[0].Line != 6 || report.Bad[1].Line != 7 {
		t.Fatalf("report = %+v, want two opened, lines 6 and 7 bad", report)
	}
	c := complaints(t, desk)["日期是序列值"]
	if want := time.Date(2026, 11, 23, 1, 12, 0, 0, time.UTC); !c.ReceivedAt.Equal(want) || c.AmountFen != 128_010 || c.WorkOrder != "88213" ||
		c.Customer.Phone != "138****8000" {
		t.Errorf("complaint = %+v, want received %v", c.Opened, want)
	}
}

const cfpb = `columns:
  complaint_id: work_order
  product: business
  narrative: summary
  issue: remedy
  submitted_via: source
constants: {sender: CFPB}
values:
  source: {Web: online, Phone: hotline, "*": other}
  business: {Credit card: credit_card, "*": other}
by_hash: {column: complaint_id, units: [jingan, xuhui, pudong]}
received_at: now
`

func TestMapReadsAnotherBanksFile(t *testing.T) {
	t.Parallel()
	m, err := intake.ParseMap("cfpb.yaml", []byte(cfpb))
	if err != nil {
		t.Fatal(err)
	}
	const file = `complaint_id,date_received,product,issue,narrative,submitted_via,source
1,2016-02-07,Credit card,Fraud,"They said =1+1, and XXXX",Web,C
2,2016-05-25,Mortgage,,Second story,Postal mail,G
`
	var units []string
	for range 2 { // the rule is fixed: the same rows go to the same units
		desk := newDesk(t)
		report := load(t, desk, intake.CSV, m, file)
		if report.Opened != 2 || len(report.Bad) != 0 {
			t.Fatalf("report = %+v", report)
		}
		if d := cmp.Diff([]string{"date_received", "source"}, report.Ignored); d != "" {
			t.Error(d)
		}
		c := complaints(t, desk)
		first, second := c["They said =1+1, and XXXX"], c["Second story"]
		if first.Source != workflow.SourceOnline || first.Business != "credit_card" || first.Sender != "CFPB" || !first.ReceivedAt.Equal(now) {
			t.Errorf("first = %+v", first.Opened)
		}
		if second.Source != workflow.SourceOther || second.Business != "other" {
			t.Errorf("second = %+v", second.Opened)
		}
		units = append(units, string(first.Unit)+string(second.Unit))
	}
	if units[0] != units[1] {
		t.Errorf("units by hash = %v, want the same twice", units)
	}
}

func TestMapOfAHotline(t *testing.T) {
	t.Parallel()
	m, err := intake.ParseMap("m.yaml", []byte(`columns: {seq: work_order, received_at: received_at, category: [summary, remedy], district: unit}
values: {unit: {大同區: jingan, "*": xuhui}}
constants: {source: hotline}
`))
	if err != nil {
		t.Fatal(err)
	}
	desk := newDesk(t)
	load(t, desk, intake.CSV, m, "seq,received_at,category,district\n1,2026-11-23T00:10:37,噪音,大同區\n2,2026-11-23T00:13:03,垃圾,中正區\n")
	c := complaints(t, desk)
	if got := c["噪音"]; got.Unit != "jingan" || got.Remedy != "噪音" || !got.ReceivedAt.Equal(time.Date(2026, 11, 22, 16, 10, 37, 0, time.UTC)) {
		t.Errorf("first = %+v", got.Opened)
	}
	if got := c["垃圾"].Unit; got != "xuhui" {
		t.Errorf("the other district went to %s, want xuhui", got)
	}
}

func TestMapMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"columns: {a: sumary}":             `m.yaml:1:14: "sumary" is not allowed here, did you mean summary?`,
		"columns: {a: unit, b: unit}":      `m.yaml:1:23: unit comes from the column "a" already`,
		"colums: {}":                       "did you mean columns?",
		"received_at: yesterday":           "use one of: now, column",
		"by_hash: {column: a, units: []}":  "name at least one unit",
		"by_hash: {units: [a]}":            "column is missing",
		"values: {unit: [a]}":              "must be a mapping",
		"constants: {source: {a: online}}": "must be a text",
	} {
		if _, err := intake.ParseMap("m.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func TestUnknownUnitOfAMapIsToldOnce(t *testing.T) {
	t.Parallel()
	m, err := intake.ParseMap("m.yaml", []byte("by_hash: {column: summary, units: [jingan, nowhere]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := intake.Read(strings.NewReader("summary\ntext\n"), intake.CSV, m)
	if err != nil {
		t.Fatal(err)
	}
	_, err = intake.Import(context.Background(), newDesk(t), rows, intake.Options{Now: clock})
	if err == nil || !strings.Contains(err.Error(), `"nowhere"`) {
		t.Errorf("error = %v, want one that names the unit", err)
	}
}

func TestStoreFailureEndsTheImport(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	if err := desk.Store().Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := intake.Read(strings.NewReader(chinese), intake.CSV, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := intake.Import(context.Background(), desk, rows, intake.Options{Now: clock}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("error = %v, want ErrClosed", err)
	}
}

// endless gives rows without end, and counts what was taken.
type endless struct{ rows int }

func (e *endless) Read(p []byte) (int, error) {
	row := "jingan,one more complaint\n"
	if e.rows == 0 {
		row = "unit,summary\n"
	}
	if len(p) < len(row) || e.rows > 100_000 {
		return 0, io.EOF
	}
	n := 0
	for n+len(row) <= len(p) {
		n += copy(p[n:], row)
		e.rows++
		if e.rows == 1 {
			break
		}
	}
	return n, nil
}

func TestRowsAreReadOneByOne(t *testing.T) {
	t.Parallel()
	e := &endless{}
	rows, err := intake.Read(e, intake.CSV, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range rows.All() {
		break
	}
	if e.rows > 20_000 {
		t.Errorf("%d rows were read for the first one", e.rows)
	}
	n := 1
	for range rows.All() {
		n++
	}
	if n < 100_000 || rows.Err() != nil {
		t.Errorf("%d rows, %v; want more than 100,000", n, rows.Err())
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte(chinese), byte(0))
	f.Add([]byte("unit;summary\njingan;\"a\n"), byte(0))
	f.Add([]byte("unit,summary\n\xd6\xd0,\xce\xc4\n"), byte(0))
	f.Add([]byte(`{"unit":"jingan","summary":"x","amount":1e400}`+"\n"), byte(1))
	f.Add(workbook(f, []any{"unit", "summary", "received_at"}, []any{"jingan", "x", 45987.5}), byte(2))
	f.Add([]byte("\xff\xfeu\x00"), byte(0))
	m, err := intake.ParseMap("cfpb.yaml", []byte(cfpb))
	if err != nil {
		f.Fatal(err)
	}
	desk := newDesk(f)
	f.Fuzz(func(t *testing.T, text []byte, which byte) {
		formats := intake.Formats()
		format := formats[int(which)%len(formats)]
		for _, m := range []*intake.Map{nil, m} {
			rows, err := intake.Read(bytes.NewReader(text), format, m)
			if err != nil {
				continue
			}
			report, err := intake.Import(context.Background(), desk, rows, intake.Options{Now: clock})
			if err := errors.Join(err, rows.Close()); err != nil && rows.Err() == nil {
				t.Errorf("import: %v", err)
			}
			for _, b := range report.Bad {
				if b.Line < 1 || b.Reason == "" {
					t.Errorf("bad row without a line or reason: %+v", b)
				}
			}
		}
	})
}
