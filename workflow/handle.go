package workflow

import (
	"strings"
	"time"

	"sameday/workflow/privacy"
)

// Handle records a substantive solution (实质解决). Sympathy alone is refused, and so is a text that says too little to be checked.
type Handle struct {
	Solution  Solution
	Text      string
	AmountFen int64 // required when money goes to the customer
	Cause     string
	Change    string // what will change so that it does not happen again
}

// Handled is a substantive solution.
type Handled struct {
	Solution  Solution `json:"solution"`
	Text      string   `json:"text"`
	AmountFen int64    `json:"amount_fen,omitempty"`
	Cause     string   `json:"cause,omitempty"`
	Change    string   `json:"change,omitempty"`
}

// Kind is the stored name.
func (Handled) Kind() string { return "handled.v1" }

// Verb names the row of the step table.
func (Handle) Verb() Verb { return VerbHandle }

func (h Handle) decide(c *Complaint, by Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	if h.Solution == "" {
		h.Solution = Explained
	}
	if !known(Solutions(), h.Solution) {
		return nil, notOneOf("solution", string(h.Solution))
	}
	var t texts
	e := Handled{
		Solution: h.Solution, Text: t.text("text", h.Text), AmountFen: h.AmountFen, Cause: t.text("cause", h.Cause),
		Change: t.text("change", h.Change),
	}
	if t.refusal != nil {
		return nil, t.refusal
	}
	if no := substantive(e.Text, r.Policy.MinSolution); no != nil {
		return nil, no
	}
	if e.Solution.Money() && e.AmountFen <= 0 {
		return nil, wrong(AmountNeeded, "amount")
	}
	if e.AmountFen < 0 {
		return nil, wrong(NotOneOf, "amount")
	}
	return append([]Event{e}, c.briefs(by, r, at)...), nil
}

// sympathy are phrases that comfort and solve nothing. What is left of a text without them must still say enough.
var sympathy = []string{
	"请您理解", "请理解", "敬请谅解", "请您谅解", "请谅解", "望您理解", "望理解", "深表歉意", "非常抱歉", "十分抱歉", "向您致歉", "致以歉意", "表示歉意", "抱歉", "对不起", "不好意思",
	"感谢您的理解", "感谢理解", "感谢您的支持", "感谢您的反馈", "感谢您的宝贵意见", "我们会重视", "我们高度重视", "高度重视", "我们会加强管理", "加强培训", "已安抚客户", "已安抚", "安抚客户", "耐心解释", "请您放心", "请放心", "我们理解您的心情",
	"we are sorry", "we're sorry", "sorry", "we apologise", "we apologize", "apologies", "please understand", "thank you for your understanding",
	"thank you for your patience", "thank you for your feedback", "we value your feedback", "we take this seriously", "we understand your frustration",
	"we understand how you feel", "for any inconvenience", "for the inconvenience",
}

func substantive(text string, least int) *Refusal {
	rest := strings.ToLower(text)
	found := false
	for _, s := range sympathy {
		if strings.Contains(rest, s) {
			found = true
			rest = strings.ReplaceAll(rest, s, " ")
		}
	}
	switch {
	case privacy.Substance(rest) >= least:
		return nil
	case found:
		return &Refusal{Code: OnlySympathy, Field: "text", Min: least}
	default:
		return &Refusal{Code: TooShort, Field: "text", Min: least}
	}
}

func (e Handled) effect(c *Complaint, f Fact) {
	c.Solution = e
	c.mark(StepHandle, f)
	c.meet(f.At, ClockHandle)
}
