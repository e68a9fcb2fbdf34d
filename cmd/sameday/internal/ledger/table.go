package ledger

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sameday/bot/words"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// column is a column of the table of complaints (台账).
type column struct {
	zh, en string
	cell   func(row) string
}

// row is what a column sees of a complaint.
type row struct {
	c     workflow.Complaint
	unit  org.Unit
	rules *workflow.Rules
	w     *words.Words
	lang  string
}

func (r row) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(r.unit.Zone).Format("2006-01-02 15:04")
}

func (r row) done(s workflow.Step) string { return r.time(r.c.Done[s].At) }

func (r row) word(kind, code string) string {
	if code == "" {
		return ""
	}
	return r.w.Name(kind, code)
}

func (r row) yes(b bool) string {
	if !b {
		return ""
	}
	if r.lang == "en" {
		return "yes"
	}
	return "是"
}

func (r row) yuan(fen int64) string {
	if fen == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}

// columns is the table of the columns. Customers appear masked, as everywhere outside the vault.
func columns() []column {
	return []column{
		{"编号", "Number", func(r row) string { return string(r.c.ID) }},
		{"机构", "Unit", func(r row) string { return r.unit.Name }},
		{"来源", "Source", func(r row) string { return r.word(words.Source, string(r.c.Source)) }},
		{"工单编号", "Work order", func(r row) string { return r.c.WorkOrder }},
		{"来文单位", "Sender", func(r row) string { return r.c.Sender }},
		{"等级", "Grade", func(r row) string { return r.word(words.Grade, string(r.c.Grade)) }},
		{"重大类型", "Serious kinds", func(r row) string {
			var kinds []string
			for _, k := range r.c.Kinds {
				kinds = append(kinds, r.word(words.Kind, string(k)))
			}
			return r.w.Join(kinds)
		}},
		{"收到时间", "Received", func(r row) string { return r.time(r.c.ReceivedAt) }},
		{"登记时间", "Registered", func(r row) string { return r.time(r.c.RegisteredAt) }},
		{"账务日", "Day of account", func(r row) string { return r.c.Day.String() }},
		{"客户", "Customer", func(r row) string { return r.c.Customer.Name }},
		{"电话", "Phone", func(r row) string { return r.c.Customer.Phone }},
		{"业务", "Business", func(r row) string { return r.code(r.rules.Codes.Business, r.c.Business) }},
		{"原因", "Reason", func(r row) string { return r.code(r.rules.Codes.Reason, r.c.Reason) }},
		{"金额", "Amount", func(r row) string { return r.yuan(r.c.AmountFen) }},
		{"摘要", "Summary", func(r row) string { return r.c.Summary }},
		{"诉求", "Remedy sought", func(r row) string { return r.c.Remedy }},
		{"主办", "Handler", func(r row) string { return string(r.c.Handler) }},
		{"受理", "Accepted", func(r row) string { return r.done(workflow.StepAccept) }},
		{"交办", "Assigned", func(r row) string { return r.done(workflow.StepAssign) }},
		{"联系", "Contacted", func(r row) string { return r.done(workflow.StepContact) }},
		{"处理", "Handled", func(r row) string { return r.done(workflow.StepHandle) }},
		{"反馈", "Fed back", func(r row) string { return r.done(workflow.StepFeedback) }},
		{"解决方式", "Solution", func(r row) string { return r.word(words.Solution, string(r.c.Solution.Solution)) }},
		{"解决内容", "What was done", func(r row) string { return r.c.Solution.Text }},
		{"支付金额", "Paid", func(r row) string { return r.yuan(r.c.Solution.AmountFen) }},
		{"轮次", "Rounds", func(r row) string { return strconv.Itoa(r.c.Round) }},
		{"结果", "Outcome", func(r row) string { return r.word(words.Outcome, string(r.c.Outcome)) }},
		{"办结时间", "Closed", func(r row) string { return r.time(r.c.ClosedAt) }},
		{"当日办结", "Closed on its day", func(r row) string { return r.yes(r.c.ClosedSameDay) }},
		{"隔夜数", "Nights", func(r row) string { return strconv.Itoa(len(r.c.Nights)) }},
		{"超时项", "Breached clocks", func(r row) string { return r.breached() }},
		{"计入重开", "Counted reopenings", func(r row) string { return strconv.Itoa(r.c.Reopenings) }},
		{"强制办结原因", "Override reason", func(r row) string { return r.c.OverrideWhy }},
	}
}

func (r row) code(list []workflow.Category, id string) string {
	if id == "" {
		return ""
	}
	return workflow.Name(list, id, r.lang)
}

func (r row) breached() string {
	var names []string
	for _, clock := range r.c.Clocks {
		if !clock.Breached.IsZero() {
			names = append(names, r.word(words.Clock, string(clock.Deadline.Clock)))
		}
	}
	return r.w.Join(names)
}

// WriteTable exports the complaints as CSV, one a line, oldest number first, and returns how many. It begins with a byte-order mark, without
// which Excel takes the text for another encoding; cells that a spreadsheet would compute are made plain text.
func WriteTable(ctx context.Context, w io.Writer, d *store.Desk, language string) (int, error) {
	buffered := bufio.NewWriter(w)
	if _, err := buffered.WriteString("\ufeff"); err != nil {
		return 0, fmt.Errorf("write the table: %w", err)
	}
	out := csv.NewWriter(buffered)
	out.UseCRLF = true
	cols := columns()
	cells := make([]string, len(cols))
	for i, c := range cols {
		cells[i] = c.zh
		if language == "en" {
			cells[i] = c.en
		}
	}
	if err := out.Write(cells); err != nil {
		return 0, fmt.Errorf("write the table: %w", err)
	}
	rules, texts, n := d.Rules(), words.For(language), 0
	err := store.Walk(ctx, d.Store(), store.Query{Index: store.IndexComplaint}, func(e store.Entry) (bool, error) {
		id, ok := store.ComplaintOf(e.Stream)
		if !ok {
			return true, nil
		}
		c, err := d.Complaint(ctx, id)
		if err != nil {
			return false, err
		}
		r := row{c: c, unit: unitOf(rules, c.Unit), rules: rules, w: texts, lang: language}
		for i, col := range cols {
			cells[i] = plainCell(col.cell(r))
		}
		n++
		return true, out.Write(cells)
	})
	out.Flush()
	if err := errors.Join(err, out.Error(), buffered.Flush()); err != nil {
		return n, fmt.Errorf("write the table: %w", err)
	}
	return n, nil
}

// unitOf finds the unit; one that has left the configuration keeps its id, in the bank's own zone.
func unitOf(rules *workflow.Rules, id org.UnitID) org.Unit {
	if u, ok := rules.Tree.Unit(id); ok {
		return u
	}
	return org.Unit{ID: id, Name: string(id), Zone: rules.Tree.Root().Zone}
}

// plainCell keeps a spreadsheet from computing a customer's words: what begins like a formula gets an apostrophe in front, full-width
// forms too, because some programs fold them.
func plainCell(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if strings.ContainsAny(firstOf(strings.TrimLeft(s, " \u3000\u00a0\ufeff")), "=+-@\t\r\n＝＋－＠") {
		return "'" + s
	}
	return s
}

// firstOf is the first character; "?" for none, which begins no formula.
func firstOf(s string) string {
	for _, r := range s {
		return string(r)
	}
	return "?"
}
