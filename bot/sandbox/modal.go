package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sameday/bot/sandbox/blockkit"
)

// View is a modal or a Home tab as a person sees it.
type View struct {
	ID, Type, CallbackID, ExternalID, PrivateMetadata, Hash string
	Title, SubmitText, CloseText                            string // SubmitText is empty when there is nothing to submit
	Blocks, State                                           json.RawMessage
	Depth                                                   int // how many views there are in the stack, this one counted
}

// Plain is what the view says, as a person reads it.
func (v *View) Plain() string { return blockkit.PlainText(v.Blocks) }

// Controls lists the buttons, menus and inputs, in order.
func (v *View) Controls() []blockkit.Element { return blockkit.Elements(v.Blocks) }

func (w *Workspace) viewOf(p *person, v *view) *View {
	state, _ := json.Marshal(v.state()) // stored JSON
	return &View{
		ID: v.id, Type: v.spec.Type, CallbackID: v.spec.CallbackID, ExternalID: v.spec.ExternalID,
		PrivateMetadata: v.spec.PrivateMetadata, Hash: v.hash, Title: textOf(v.spec.Title), SubmitText: textOf(v.spec.Submit),
		CloseText: textOf(v.spec.Close), Blocks: v.spec.Blocks, State: state, Depth: slices.Index(p.views, v) + 1,
	}
}

func textOf(raw json.RawMessage) string {
	var t struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(raw, &t) // of a checked view
	return t.Text
}

// View returns the modal on top of the person's stack; nil when none is open.
func (a *Actor) View() *View {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	if p := a.w.people[a.id]; p != nil && p.topView() != nil {
		return a.w.viewOf(p, p.topView())
	}
	return nil
}

// Home returns the Home tab as it was last published; nil when it never was.
func (a *Actor) Home() *View {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	if p := a.w.people[a.id]; p != nil && p.home != nil {
		return a.w.viewOf(p, p.home)
	}
	return nil
}

// OpenHome opens the Home tab: the app is told (app_home_opened), and what it has published by the time it has
// acknowledged is returned; nil when it never published. Look again with Home.
func (a *Actor) OpenHome() (*View, error) {
	a.w.mu.Lock()
	p, err := a.person()
	if err == nil && !a.w.manifest.Features.AppHome.HomeTab {
		err = errors.New("open the Home tab: the app has none")
	}
	if err != nil {
		a.w.mu.Unlock()
		return nil, err
	}
	fields := object{"user": p.ID, "channel": p.im, "tab": "home"}
	if p.home != nil {
		fields["view"] = a.w.viewJSON(p.home)
	}
	done := a.w.emitAndWait(event{kind: "app_home_opened", fields: fields})
	a.w.mu.Unlock()
	select {
	case <-done:
	case <-a.w.done: // an event that was to come later never will
	}
	return a.Home(), nil
}

// current finds the modal on top, or else the Home tab.
func (a *Actor) current() (*person, *view, error) {
	p, err := a.person()
	if err != nil {
		return nil, nil, err
	}
	v := p.topView()
	if v == nil {
		v = p.home
	}
	if v == nil {
		return nil, nil, fmt.Errorf("act as %s: no modal is open", a.id)
	}
	return p, v, nil
}

// Fill puts a value into an input or menu of the modal on top (or of the Home tab), given by action_id, label or
// block_id; without values it is emptied. Options are given by value or text, people and channels by id or name. It
// refuses what the client would: unknown options, texts that are too long, letters in a number. Where the element tells
// the app at once, Fill waits for the acknowledgement.
func (a *Actor) Fill(actionIDOrLabel string, value ...string) error {
	a.w.mu.Lock()
	p, v, err := a.current()
	if err != nil {
		a.w.mu.Unlock()
		return fmt.Errorf("fill %q: %w", actionIDOrLabel, err)
	}
	e, _, err := findControl(blockkit.Elements(v.spec.Blocks), actionIDOrLabel)
	if err != nil {
		a.w.mu.Unlock()
		return fmt.Errorf("fill %q as %s: %w", actionIDOrLabel, a.id, err)
	}
	if value == nil {
		value = []string{}
	}
	if !e.Input || e.DispatchAction {
		r, err := a.onPlace(p, place{view: v}, e.BlockID+"/"+e.ActionID, value)
		if err == nil && r.Failure != "" {
			err = fmt.Errorf("fill %q as %s: %s", actionIDOrLabel, a.id, r.Failure)
		}
		return err
	}
	defer a.w.mu.Unlock()
	state, err := a.w.stateFor(p, e, value)
	if err != nil {
		return fmt.Errorf("fill %q as %s: %w", actionIDOrLabel, a.id, err)
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("fill %q as %s: %w", actionIDOrLabel, a.id, err)
	}
	place{view: v}.remember(p, e, raw)
	return nil
}

// Submit sends the modal on top. Reply.Errors holds what stands under the inputs afterwards, from the client (a required
// input is empty) or from the app; then the modal is still open, as it is with a Failure. Reply.View is the modal then on
// top, if it is another one or has changed.
func (a *Actor) Submit() (Reply, error) {
	a.w.mu.Lock()
	p, v, err := a.current()
	switch {
	case err != nil:
	case v.spec.Type != "modal" || textOf(v.spec.Submit) == "" && len(inputBlocks(v.spec.Blocks)) == 0:
		err = errors.New("there is no submit button")
	case v.busy:
		err = errors.New("it is on its way already")
	}
	if err != nil {
		a.w.mu.Unlock()
		return Reply{}, fmt.Errorf("submit as %s: %w", a.id, err)
	}
	if errs := incomplete(v); len(errs) > 0 {
		a.w.mu.Unlock()
		return Reply{Errors: errs}, nil
	}
	var r Reply
	s := a.watch(p, nil)
	v.busy = true
	done := a.w.submission(p, v, func(o outcome) {
		v.busy = false
		if o.failure != "" {
			r.Failure = failModal
			return
		}
		errs, ok := a.w.answerSubmission(p, v, o.payload)
		if r.Errors = errs; !ok {
			r.Failure, r.Errors = failModal, nil
		}
	})
	a.w.mu.Unlock()
	<-done
	return s.collect(r), nil
}

func incomplete(v *view) map[string]string {
	errs := map[string]string{}
	state := v.state()
	for _, e := range blockkit.Elements(v.spec.Blocks) {
		if !e.Input {
			continue
		}
		if err := complete(e, state[e.BlockID][e.ActionID]); err != nil {
			errs[e.BlockID] = err.Error()
		}
	}
	return errs
}

// CloseView presses the modal's close button: the one on top goes, all of them if it asks for that.
func (a *Actor) CloseView() { a.leave(false) }

// CloseAll presses the X of the modal: the whole stack goes.
func (a *Actor) CloseAll() { a.leave(true) }

func (a *Actor) leave(all bool) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p := a.w.people[a.id]
	if p == nil || len(p.views) == 0 || a.w.closed {
		return
	}
	v := p.topView()
	all = all || v.spec.ClearOnClose
	if all {
		v = p.views[0]
		a.w.closing(p, v, true)
		a.w.dropViews(p, 0)
		return
	}
	a.w.closing(p, v, false)
	a.w.dropViews(p, len(p.views)-1)
}

// submissionHooks are the response URLs of selects that ask for one.
func (w *Workspace) submissionHooks(p *person, v *view) []object {
	urls := []object{}
	state := v.state()
	for _, e := range blockkit.Elements(v.spec.Blocks) {
		var ask struct {
			Wants bool `json:"response_url_enabled"`
		}
		if json.Unmarshal(e.Raw, &ask) != nil || !ask.Wants {
			continue
		}
		var chosen struct {
			Conversation string `json:"selected_conversation"`
			Channel      string `json:"selected_channel"`
		}
		_ = json.Unmarshal(state[e.BlockID][e.ActionID], &chosen) // stored state
		if ch := w.channels[or(chosen.Conversation, chosen.Channel)]; ch != nil {
			urls = append(urls, object{
				"block_id": e.BlockID, "action_id": e.ActionID, "channel_id": ch.ID, "response_url": w.newHook(ch, p.ID, nil),
			})
		}
	}
	return urls
}
