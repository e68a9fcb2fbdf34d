package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// The indexes. Keys are parts joined by "|", none of which contains it.
const (
	IndexComplaint = "complaint"  // number, padded
	IndexOpen      = "open"       // unit|number → summary; open complaints only
	IndexDay       = "day"        // unit|day of account|number → summary
	IndexDue       = "due"        // time|number|what falls due; only what is still to come
	IndexWorkOrder = "work_order" // work-order number; unique
	IndexPost      = "post"       // channel|ts → what was posted there
	IndexRepeat    = "repeat"     // unit|masked name|masked phone|business|number
	IndexJob       = "job"        // job|unit|day
	IndexRinging   = "ringing"    // person|number; complaints that call the person now
	IndexClimb     = "climb"      // unit|when a climb began|number|which → ClimbStat
	IndexRoster    = "roster"     // unit; those that have a roster

	IndexDirective = "directive" // "person" or "unit"|who|due|number|which → DirectiveLine; open ones only
	IndexUnread    = "unread"    // person|when sent|number; reports that the person has not read

	IndexExpert    = "expert"    // person|number; open complaints that have invited this outside expert, who has not declined
	IndexMediation = "mediation" // unit|when the session was|number|which → MediationStat; those with an outcome
	IndexGroup     = "group"     // "unit"|unit|number for a group at work, "person"|who|number for an answer it waits for
	IndexRoom      = "room"      // channel|number; the channels that groups have or had
)

const (
	complaintPrefix = "complaint/"
	jobPrefix       = "job/"
	unitPrefix      = "unit/"
	policyPrefix    = "policy/"
	rosterPrefix    = "roster/"
)

// ComplaintStream is the stream of one complaint.
func ComplaintStream(id workflow.ID) StreamID { return StreamID(complaintPrefix + string(id)) }

// ComplaintOf is the complaint a stream belongs to.
func ComplaintOf(s StreamID) (workflow.ID, bool) {
	id, ok := strings.CutPrefix(string(s), complaintPrefix)
	return workflow.ID(id), ok
}

// jobStream holds one run: that the stream exists is what makes it run once.
func jobStream(j workflow.Job, u org.UnitID, d calendar.Day) StreamID {
	return StreamID(fmt.Sprintf("%s%s/%s/%s", jobPrefix, j, u, d))
}

// stamp writes an instant so that bytes sort as time does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func key(parts ...string) string {
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, "|", "/")
	}
	return strings.Join(parts, "|")
}

// Facts decodes the records of a complaint.
func Facts(records []Record) ([]workflow.Fact, error) {
	facts := make([]workflow.Fact, len(records))
	for i, r := range records {
		e, err := workflow.Events.Decode(r.Kind, r.Data)
		if err != nil {
			return nil, fmt.Errorf("record %d (%s): %w", r.Seq, r.Stream, err)
		}
		facts[i] = workflow.Fact{Version: r.Version, At: r.At, By: workflow.ParseActor(r.By), Event: e}
	}
	return facts, nil
}

// Project computes the complete set of a stream's index entries from its records: the one place where projections are made, so
// that they can always be made again.
func Project(id StreamID, records []Record) ([]Entry, error) {
	if number, ok := ComplaintOf(id); ok {
		facts, err := Facts(records)
		if err != nil {
			return nil, err
		}
		return complaintEntries(workflow.Fold(number, facts))
	}
	if rest, ok := strings.CutPrefix(string(id), jobPrefix); ok {
		return []Entry{{Index: IndexJob, Key: strings.ReplaceAll(rest, "/", "|"), Stream: id}}, nil
	}
	if unit, ok := strings.CutPrefix(string(id), rosterPrefix); ok {
		return rosterEntries(org.UnitID(unit), records)
	}
	if sheet, ok := daily.ParseRef(string(id)); ok {
		return dailyEntries(sheet, records)
	}
	if entries, ok, err := rungEntries(id, records); ok {
		return entries, err
	}
	if entries, ok, err := restoredEntries(id, records); ok {
		return entries, err
	}
	return nil, nil
}

func complaintEntries(c workflow.Complaint) ([]Entry, error) {
	stream, id, unit := ComplaintStream(c.ID), sortable(c.ID), string(c.Unit)
	summary, err := json.Marshal(workflow.Summarize(c))
	if err != nil {
		return nil, fmt.Errorf("summarize %s: %w", c.ID, err)
	}
	out := []Entry{
		{Index: IndexComplaint, Key: key(id)},
		{Index: IndexDay, Key: key(unit, c.Day.String(), id), Value: summary},
	}
	if c.Open() {
		out = append(out, Entry{Index: IndexOpen, Key: key(unit, id), Value: summary})
	}
	for _, w := range c.Wakes() {
		out = append(out, Entry{Index: IndexDue, Key: key(stamp(w.At), id, w.ID)})
	}
	orders, err := orderEntries(c)
	if err != nil {
		return nil, err
	}
	out = append(append(out, orders...), groupEntries(c)...)
	climbs, err := climbEntries(c)
	if err != nil {
		return nil, err
	}
	out = append(append(out, climbs...), owedEntries(c)...)
	outside, err := expertEntries(c)
	if err != nil {
		return nil, err
	}
	out = append(out, outside...)
	if c.WorkOrder != "" {
		out = append(out, Entry{Index: IndexWorkOrder, Key: key(WorkOrderKey(c.WorkOrder)), Unique: true})
	}
	for _, what := range slices.Sorted(maps.Keys(c.Posts)) {
		p := c.Posts[what]
		out = append(out, Entry{Index: IndexPost, Key: key(p.Channel, p.TS), Value: []byte(what)})
	}
	if c.Customer.Name != "" {
		out = append(out, Entry{Index: IndexRepeat, Key: repeatKey(c.Unit, c.Customer, c.Business) + "|" + id})
	}
	for i := range out {
		out[i].Stream = stream
	}
	return out, nil
}

// WorkOrderKey is the form in which work-order numbers are compared: spaces and case do not make two of one.
func WorkOrderKey(number string) string {
	return strings.ToUpper(strings.Join(strings.Fields(number), ""))
}

// serialWidth holds every serial that a day can have.
const serialWidth = 5

// sortable pads the serial, so that the thousandth complaint of a day comes after the 999th.
func sortable(id workflow.ID) string {
	day, serial, _ := strings.Cut(string(id), "-")
	return day + "-" + strings.Repeat("0", max(0, serialWidth-len(serial))) + serial
}

func repeatKey(u org.UnitID, c workflow.CustomerRef, business string) string {
	return key(string(u), c.Name, c.Phone, business)
}
