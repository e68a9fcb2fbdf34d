// Package kit draws Block Kit JSON and mrkdwn as HTML, for the page of the local workspace. It is pure: JSON and text in,
// HTML out, no clock, no network, no state, so every function may be called from any goroutine.
//
// # Safety
//
// What an app or a person wrote never becomes markup. One writer escapes everything and closes every element; links lead
// to http, https, mailto or into the page; there are no inline styles, scripts or event handlers, so a page with a strict
// Content-Security-Policy can show it. Text in another direction of writing stays inside its own box.
//
// # For the script of the page
//
// The root carries data-channel, data-ts and data-view of its [Target]. Every control carries data-action (action_id),
// data-block (block_id) and data-kind (element type); data-input when it belongs to an input block, which raises no
// action unless data-dispatch is there too (its value lists what raises it). data-confirm is JSON {title, text, confirm,
// deny, style} of what to ask first.
//
//   - Buttons are <button type="button"> with data-value; those with an address are links, and raise the action as well.
//   - An overflow menu is <details class="overflow">; its entries are buttons (or links) with data-value that carry the
//     attributes of the control themselves. A click on the summary only opens it.
//   - Menus are <select>, "multiple" where several can be picked (data-max says how many). Those of people and channels
//     have data-source "users", "channels" or "conversations", hold only what is picked already, and data-filter and
//     data-default="current" where the element has them: the page adds the rest.
//   - External menus are <input list> with data-source="external" and data-min (characters before the app is asked);
//     data-picked is the value of what is picked, for a multi-menu a JSON array, which the list of class "k-picked" beside
//     it shows.
//   - Date and time inputs are native; that of a datetimepicker stands in the zone of the viewer (see [DateTime]).
//   - Checkboxes and radio buttons are a <fieldset> that carries the attributes; a file input has data-max.
package kit

import (
	_ "embed" // for CSS
	"encoding/json"
	"hash/fnv"
	"html/template"
	"slices"
	"strconv"
	"time"
)

// Context is what a drawing depends on besides the blocks: who looks, when, and what the ids in texts stand for. Every
// function may be nil.
type Context struct {
	// Language is that of the few words the kit adds itself, and of dates: "zh-CN" or "en". Other languages are drawn in
	// English.
	Language string
	// Zone is the time zone of the viewer; nil is UTC.
	Zone *time.Location
	// Now is what {ago}, "today" and the year that is left out depend on.
	Now time.Time
	// Person, Channel and Group give the name shown for an id, without "@" or "#", and "" when it is unknown.
	Person, Channel, Group func(id string) string
	// Permalink turns the address of a message of the workspace into a link inside the page, and is asked for every link.
	Permalink func(url string) (href string, ok bool)
	// Image gives the source an image may be loaded from, "" to draw its alternative text instead. Of an image that is a
	// file of the workspace and has no address, it gets the file's id.
	Image func(url string) string
}

// Target names what a drawing belongs to. It is written on the root element as data-channel, data-ts and data-view.
type Target struct {
	Channel, TS, View string
	// Pane tells two drawings of the same message on one page apart (for example "thread"), so that their ids differ.
	Pane string
}

// CSS is the stylesheet for everything the kit draws. All its classes begin with "k-" and its variables with "--k-". It
// is dark where the system or data-theme="dark" on the root element of the page says so.
//
//go:embed kit.css
var CSS string

// Message draws the whole body of a message: its blocks (a table last, as Slack does), or its text where there are none,
// and its attachments.
func Message(c Context, text string, blocks, attachments json.RawMessage, action Target) template.HTML {
	d := newDrawing(c, action)
	d.root("k-message", func() {
		all := asList(decode(blocks))
		if len(all) == 0 {
			if text != "" {
				d.el("div", attrs{{"class", "k-text"}, {"dir", "auto"}}, func() { d.mrkdwn(text, false) })
			}
		}
		isTable := func(v any) bool { return asObject(v).str("type") == "table" }
		d.all(slices.DeleteFunc(slices.Clone(all), isTable))
		d.all(slices.DeleteFunc(slices.Clone(all), func(v any) bool { return !isTable(v) }))
		for _, v := range asList(decode(attachments)) {
			d.attachment(asObject(v))
		}
	})
	return d.html()
}

// Modal draws the body of a view, modal or Home tab. State is what has been filled in, {block_id: {action_id: …}} as
// blockkit.StateOf gives it, or an object that holds that under "values" (view.state); what is not in it is drawn with its
// initial value. Errors are what stands under the inputs, by block_id; those of blocks that are not there come first.
func Modal(c Context, blocks, state json.RawMessage, errors map[string]string, action Target) template.HTML {
	d := newDrawing(c, action)
	d.state, d.errors = stateValues(asObject(decode(state))), errors
	all := asList(decode(blocks))
	d.root("k-view", func() {
		var inputs []string
		for _, v := range all {
			if b := asObject(v); b.str("type") == "input" {
				inputs = append(inputs, b.str("block_id"))
			}
		}
		var homeless []string
		for block, message := range errors {
			if !slices.Contains(inputs, block) {
				homeless = append(homeless, message)
			}
		}
		slices.Sort(homeless)
		for _, message := range homeless {
			d.el("p", class("k-error"), func() { d.leaf("bdi", nil, message) })
		}
		d.all(all)
	})
	return d.html()
}

// Mrkdwn draws text written in mrkdwn, with bare web addresses linked. What comes out has no element around it and may
// hold blockquote and pre, so it does not go into a p.
func Mrkdwn(c Context, text string) template.HTML {
	d := newDrawing(c, Target{})
	d.mrkdwn(text, false)
	return d.html()
}

// drawing is one call at work.
type drawing struct {
	writer
	c      Context
	target Target
	zh     bool
	say    wording
	blocks map[string]func(*drawing, object)
	state  object
	errors map[string]string
	prefix string
	ids    int
}

func newDrawing(c Context, t Target) *drawing {
	h := fnv.New64a()
	for _, part := range []string{t.Channel, t.TS, t.View, t.Pane} {
		h.Write([]byte(part + "\x00")) // a hash never fails to take bytes
	}
	zh := chinese(c.Language)
	return &drawing{
		c: c, target: t, zh: zh, say: wordings[zh], blocks: blockDrawers, prefix: "k" + strconv.FormatUint(h.Sum64(), 36),
	}
}

func (d *drawing) html() template.HTML { return template.HTML(d.b.String()) }

func (d *drawing) root(name string, inside func()) {
	d.el("div", attrs{
		{"class", "k-body " + name},
		{"data-channel", d.target.Channel},
		{"data-ts", d.target.TS},
		{"data-view", d.target.View},
	}, inside)
}

// id is a new element id of this drawing.
func (d *drawing) id() string {
	d.ids++
	return d.prefix + "-" + strconv.Itoa(d.ids)
}

// stateValues finds the values in a state. Both forms are three objects deep or more; only a value has a type.
func stateValues(state object) object {
	values := state.obj("values")
	if len(state) != 1 || values == nil {
		return state
	}
	for _, v := range values {
		if asObject(v).str("type") != "" {
			return state // a block that is called "values"
		}
	}
	return values
}
