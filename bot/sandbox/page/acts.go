package page

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/blockkit"
)

const (
	actMost    = 1 << 20  // bytes of one act
	uploadMost = 16 << 20 // bytes of one file
)

// act is what a window asks for.
type act struct {
	As, Lang, Do  string
	Channel, TS   string
	Thread, Text  string
	View          string // the view a control stands in
	Block, Action string
	Kind          string // the element's type
	Values        []string
	On            bool
}

// result is what the window is told.
type result struct {
	Failure string            `json:"failure,omitempty"` // to be shown, in the window's language
	Posted  string            `json:"posted,omitempty"`  // ts of the message typed
	Parts   []string          `json:"parts,omitempty"`   // to be drawn again at once
	Options []blockkit.Option `json:"options,omitempty"`
	Invalid bool              `json:"invalid,omitempty"` // the modal has errors under its inputs
}

// acts is the table of what a window may ask for.
var acts = map[string]func(context.Context, *visit, act) (result, error){
	"say":      say,
	"click":    click,
	"fill":     fill,
	"submit":   submit,
	"close":    func(_ context.Context, v *visit, _ act) (result, error) { v.actor.CloseView(); return modalAgain, nil },
	"closeall": func(_ context.Context, v *visit, _ act) (result, error) { v.actor.CloseAll(); return modalAgain, nil },
	"suggest":  suggest,
	"shortcut": shortcut,
	"home":     openHome,
	"smart":    smart,
	"react": func(_ context.Context, v *visit, a act) (result, error) {
		return result{}, v.actor.React(a.Channel, a.TS, a.Text)
	},
	"delete": func(_ context.Context, v *visit, a act) (result, error) {
		return result{}, v.actor.Delete(a.Channel, a.TS)
	},
	"join":    func(_ context.Context, v *visit, a act) (result, error) { return result{}, v.actor.Join(a.Channel) },
	"clock":   moveClock,
	"bot":     switchBot,
	"trouble": switchTrouble,
	"drop":    dropSockets,
	"calm":    calm,
}

var modalAgain = result{Parts: []string{"modal"}}

// do runs one act and waits until the person would have been told how it went.
func (s *server) do(rw http.ResponseWriter, r *http.Request) {
	var a act
	if err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, actMost)).Decode(&a); err != nil {
		http.Error(rw, "the act cannot be read", http.StatusBadRequest)
		return
	}
	run := acts[a.Do]
	v, ok := s.look(a.As, a.Lang)
	if run == nil || !ok || a.As == "" {
		http.Error(rw, "no such act or person", http.StatusBadRequest)
		return
	}
	// What a person did goes on when the window is closed.
	out, err := run(context.WithoutCancel(r.Context()), v, a)
	if err != nil {
		out.Failure = v.say.T("cannot", err.Error())
	}
	writeJSON(rw, out)
}

// outcome tells a window of a reply.
func (v *visit) outcome(r sandbox.Reply, typed string) result {
	out := result{Failure: v.say.failure(r.Failure)}
	if out.Failure != "" && typed != "" {
		out.Failure = v.say.commandFailure(typed, r.Failure)
	}
	if r.Posted != nil {
		out.Posted = r.Posted.TS
	}
	if r.View != nil {
		out.Parts = []string{"modal"}
	}
	return out
}

func say(_ context.Context, v *visit, a act) (result, error) {
	typed := ""
	if len(a.Text) > 0 && a.Text[0] == '/' {
		typed = a.Text
	}
	if a.Thread != "" {
		r, err := v.actor.TypeInThread(a.Channel, a.Thread, a.Text)
		return v.outcome(r, typed), err
	}
	r, err := v.actor.Type(a.Channel, a.Text)
	return v.outcome(r, typed), err
}

// target names a control so that no other one can be meant.
func (a act) target() string { return a.Block + "/" + a.Action }

// current makes sure that the control stands in what the person sees: another window may have gone on.
func (v *visit) current(view string) error {
	if top := v.actor.View(); top != nil && top.ID == view {
		return nil
	}
	if home := v.actor.Home(); v.actor.View() == nil && home != nil && home.ID == view {
		return nil
	}
	return errors.New(v.say.T("gone"))
}

// values are what was chosen, as the workspace wants it: a moment comes from the browser as a time on the wall.
func (v *visit) values(a act) []string {
	if a.Kind != "datetimepicker" || len(a.Values) != 1 {
		return slices.DeleteFunc(slices.Clone(a.Values), func(s string) bool { return s == "" })
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", a.Values[0], v.zone)
	if err != nil {
		return nil
	}
	return []string{strconv.FormatInt(at.Unix(), 10)}
}

// click presses a button or picks from a menu, on a message or in a view.
func click(_ context.Context, v *visit, a act) (result, error) {
	press := a.Kind == "button" || a.Kind == ""
	if a.View == "" {
		if press {
			r, err := v.actor.Click(a.Channel, a.TS, a.target())
			return v.outcome(r, ""), err
		}
		r, err := v.actor.Choose(a.Channel, a.TS, a.target(), v.values(a)...)
		return v.outcome(r, ""), err
	}
	if err := v.current(a.View); err != nil {
		return modalAgain, err
	}
	if press {
		r, err := v.actor.ClickInView(a.target())
		return v.outcome(r, ""), err
	}
	return result{}, v.actor.Fill(a.target(), v.values(a)...)
}

// fill puts a value into an input of a view. What the client would not take stands under the input.
func fill(_ context.Context, v *visit, a act) (result, error) {
	if err := v.current(a.View); err != nil {
		return modalAgain, err
	}
	err := v.actor.Fill(a.target(), v.values(a)...)
	if err == nil {
		v.s.forgive(v.me.ID, a.View, a.Block)
		return result{}, nil
	}
	v.s.blame(v.me.ID, a.View, map[string]string{a.Block: v.say.T("refused.value")}, "")
	return result{Parts: []string{"modal"}, Invalid: true}, nil
}

func submit(_ context.Context, v *visit, a act) (result, error) {
	if err := v.current(a.View); err != nil {
		return modalAgain, err
	}
	r, err := v.actor.Submit()
	v.s.blame(v.me.ID, a.View, v.say.fieldErrors(r.Errors), r.Failure)
	return result{Parts: []string{"modal"}, Invalid: len(r.Errors) > 0}, err
}

// blame keeps what stands under the inputs of a modal and above them.
func (s *server) blame(person, view string, fields map[string]string, failure string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.desk(person)
	d.view, d.errors, d.failure = view, fields, failure
	d.tries++
}

// forgive takes away what stands under an input that was filled in since; the modal is not drawn again for it.
func (s *server) forgive(person, view, block string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.desk(person); d.view == view {
		delete(d.errors, block)
	}
}

func suggest(_ context.Context, v *visit, a act) (result, error) {
	if err := v.current(a.View); err != nil {
		return modalAgain, err
	}
	options, err := v.actor.Suggest(a.target(), a.Text)
	return result{Options: options}, err
}

func shortcut(_ context.Context, v *visit, a act) (result, error) {
	r, err := v.actor.Shortcut(a.Action, a.Channel, a.TS)
	return v.outcome(r, ""), err
}

func openHome(_ context.Context, v *visit, _ act) (result, error) {
	_, err := v.actor.OpenHome()
	return result{Parts: []string{"messages"}}, err
}

func smart(_ context.Context, v *visit, a act) (result, error) {
	v.actor.SmartQuotes(a.On)
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	v.s.desk(v.me.ID).smart = a.On
	return result{}, nil
}

// upload shares a file; the body is its bytes.
func (s *server) upload(rw http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(rw, r)
	if !ok {
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, uploadMost))
	if err != nil {
		http.Error(rw, "the file is too large or broke off", http.StatusRequestEntityTooLarge)
		return
	}
	var out result
	m, err := v.actor.Upload(v.channel, cmp.Or(r.URL.Query().Get("name"), "file"), data)
	if err != nil {
		out.Failure = v.say.T("cannot", err.Error())
	}
	out.Posted = m.TS
	writeJSON(rw, out)
}
