package card

import (
	"fmt"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// HomeView is what one person's App Home shows.
type HomeView struct {
	Person   org.PersonID
	Calls    []workflow.Summary     // what calls the person now
	Menus    map[workflow.ID]string // the [MenuVersion] of each of Calls, for its button; one without gets none
	Mine     []workflow.Summary     // handler or co-handler, by deadline
	Units    []UnitLine             // units at which the person holds a position
	Duty     []DutyLine             // of these units
	Shifts   []duty.Shift           // of the next seven days, of all units
	Gaps     int                    // shifts without anybody in the next 30 days, of the rosters the person must mend
	Stranger bool                   // holds no position in the bank: sees nothing of it

	Directives []workflow.DirectiveLine // open ones that name the person
	Unread     []workflow.Summary       // whose report the person has not read
	Summons    []workflow.Summary       // whose emergency group waits for the person's answer
	Invited    []HomeInvitation         // of an outside expert, who is a stranger otherwise; nil for anybody else

	Waits []HomeWait // what else waits for the person, in any order
}

// UnitLine is where a unit's complaints stand.
type UnitLine struct {
	Unit      org.UnitID
	Open      int
	Overdue   int
	Overnight int
	Calling   int // that people are being called for
}

// How much App Home shows, well inside Slack's 100 blocks.
const (
	homeCalls  = 10
	homeMine   = 15
	homeUnits  = 20
	homeShifts = 14
)

// Home draws App Home: what calls the person, with a button each, the person's complaints, units, duty and shifts.
func Home(f Face, v HomeView) slack.HomeTabViewRequest {
	f = f.ready()
	day := calendar.DayOf(f.Now, f.Zone)
	h := &home{blocks: []slack.Block{
		slack.NewHeaderBlock(plain(f.Words.T("home.title")), slack.HeaderBlockOptionBlockID("home/title")),
	}}
	h.add(f.Words.T("home.date", "day", f.Words.Day(day), "weekday", f.Words.Weekday(day)))
	if v.Invited != nil {
		f.homeInvited(h, v.Invited)
		return h.view()
	}
	if v.Stranger {
		h.add(f.Words.T("reply.stranger"))
		return h.view()
	}
	f.homeCalls(h, v)
	f.homeSummons(h, v)
	f.homeWaits(h, v.Waits)
	f.homeOrders(h, v)
	f.homeMine(h, v.Mine)
	f.homeDuty(h, v)
	h.add(f.Words.T("home.how"))
	return h.view()
}

// home gathers the blocks of App Home.
type home struct{ blocks []slack.Block }

func (h *home) add(text string) {
	if text != "" {
		h.blocks = append(h.blocks, section(fmt.Sprintf("home/%d", len(h.blocks)), text))
	}
}

func (h *home) view() slack.HomeTabViewRequest {
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: h.blocks}}
}

func (f Face) homeCalls(h *home, v HomeView) {
	if len(v.Calls) == 0 {
		h.add(f.Words.T("home.calls_none"))
		return
	}
	h.add(f.Words.T("home.calls", "n", len(v.Calls)))
	for _, s := range v.Calls[:min(len(v.Calls), homeCalls)] {
		h.add(f.row(s, true))
		if menu := v.Menus[s.ID]; menu != "" {
			ack := slack.NewButtonBlockElement(ActionPrefix+string(workflow.VerbAck), EncodeValue(Value{ID: s.ID, Menu: menu}),
				plain(f.buttonText(workflow.VerbAck)))
			ack.Style = slack.StylePrimary
			h.blocks = append(h.blocks, slack.NewActionBlock(fmt.Sprintf("home/%d", len(h.blocks)), ack))
		}
	}
	if rest := len(v.Calls) - homeCalls; rest > 0 {
		h.add(f.rest(rest))
	}
}

func (f Face) homeMine(h *home, mine []workflow.Summary) {
	if len(mine) == 0 {
		h.add(f.Words.T("home.mine_none"))
		return
	}
	row := f.rows(mine, true)
	shown := make([]string, min(len(mine), homeMine))
	for i := range shown {
		shown[i] = row(i)
	}
	f.homeList(h, f.Words.T("home.mine", "n", len(mine)), shown, len(mine)-homeMine)
}

func (f Face) homeDuty(h *home, v HomeView) {
	units := make([]string, 0, homeUnits)
	for _, u := range v.Units[:min(len(v.Units), homeUnits)] {
		units = append(units, f.Words.T("home.unit", "unit", f.unit(u.Unit), "open", u.Open, "overdue", u.Overdue,
			"overnight", u.Overnight, "calling", u.Calling))
	}
	if len(units) > 0 {
		f.homeList(h, f.Words.T("home.units"), units, len(v.Units)-homeUnits)
	}
	if len(v.Duty) > 0 {
		f.homeList(h, f.Words.T("home.duty"), f.dutyLines(v.Duty[:min(len(v.Duty), homeUnits)]), len(v.Duty)-homeUnits)
	}
	if len(v.Shifts) == 0 {
		h.add(f.Words.T("home.shifts_none"))
	} else {
		shifts := make([]string, 0, homeShifts)
		for _, s := range v.Shifts[:min(len(v.Shifts), homeShifts)] {
			shifts = append(shifts, f.Words.T("home.shift", "unit", f.unit(s.Unit), "role", f.role(s.Role),
				"span", f.shift(s, f.today())))
		}
		f.homeList(h, f.Words.T("home.shifts"), shifts, len(v.Shifts)-homeShifts)
	}
	if v.Gaps > 0 {
		h.add(f.Words.T("home.gaps", "n", v.Gaps))
	}
}

// homeList adds a heading with lines, in as many sections as they take, and how many more there are.
func (f Face) homeList(h *home, heading string, lines []string, rest int) {
	if rest > 0 {
		lines = append(lines, f.rest(rest))
	}
	text := heading
	for _, l := range lines {
		if length(text)+length(l)+1 > maxSection {
			h.add(text)
			text = l
			continue
		}
		text += "\n" + l
	}
	h.add(text)
}
