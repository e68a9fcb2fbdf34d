package sandbox

import (
	"encoding/json"
	"slices"

	"sameday/bot/sandbox/blockkit"
)

// view is a modal or a Home tab as stored.
type view struct {
	id, hash     string
	user         string
	root, before string // ids of the first view of the stack and of the one below
	spec         viewSpec
	initial      values // what the blocks say
	filled       values // what the person put in, over the initial state
	seq          uint64
	busy         bool // a submission is on its way
}

// viewSpec is a view as an app writes it.
type viewSpec struct {
	Type            string          `json:"type"`
	Title           json.RawMessage `json:"title,omitempty"`
	Submit          json.RawMessage `json:"submit,omitempty"`
	Close           json.RawMessage `json:"close,omitempty"`
	Blocks          json.RawMessage `json:"blocks"`
	PrivateMetadata string          `json:"private_metadata"`
	CallbackID      string          `json:"callback_id"`
	ExternalID      string          `json:"external_id"`
	ClearOnClose    bool            `json:"clear_on_close"`
	NotifyOnClose   bool            `json:"notify_on_close"`
}

// readView checks a view; want is "modal" or "home".
func (w *Workspace) readView(raw json.RawMessage, want string) (viewSpec, *apiError) {
	var spec viewSpec
	switch {
	case len(raw) == 0:
		return spec, viewError("missing required field: view", "/view")
	case len(raw) > w.limits.ViewBytes:
		return spec, fail("view_too_large")
	}
	if err := json.Unmarshal(raw, &spec); err != nil {
		return spec, viewError("must be a valid view", "/view")
	}
	if !w.limits.NoBlockChecks {
		if problems := blockkit.CheckView(raw); len(problems) > 0 {
			return spec, blockError("invalid_arguments", problems)
		}
	}
	if spec.Type != want {
		return spec, viewError("must be "+want, "/view/type")
	}
	spec.Blocks = blockkit.AssignIDs(spec.Blocks)
	return spec, nil
}

func viewError(message, pointer string) *apiError {
	return blockError("invalid_arguments", []blockkit.Problem{{Message: message, Pointer: pointer}})
}

// newView stores a view for a person.
func (w *Workspace) newView(spec viewSpec, user string) (*view, *apiError) {
	v := &view{id: w.id("V"), user: user, filled: values{}}
	v.root = v.id
	return v, w.fillView(v, spec)
}

// fillView puts new content into a view. What the person has put in stays where block and action have kept their ids.
func (w *Workspace) fillView(v *view, spec viewSpec) *apiError {
	if id := spec.ExternalID; id != "" {
		for _, other := range w.views {
			if other != v && other.spec.ExternalID == id {
				return fail("duplicate_external_id")
			}
		}
	}
	v.spec, v.hash, v.initial = spec, w.secret(), values{}
	_ = json.Unmarshal(blockkit.StateOf(spec.Blocks), &v.initial) // of checked blocks
	w.views[v.id] = v
	v.seq = w.change(Change{Kind: "view", User: v.user})
	return nil
}

// state is what view.state.values holds now.
func (v *view) state() values {
	out := values{}
	for block, actions := range v.initial {
		for action, s := range actions {
			out.set(block, action, s)
		}
	}
	for block, actions := range v.filled {
		for action, s := range actions {
			if _, still := v.initial[block][action]; still {
				out.set(block, action, s)
			}
		}
	}
	return out
}

// viewJSON is a view as replies and payloads show it.
func (w *Workspace) viewJSON(v *view) object {
	var before any
	if v.before != "" {
		before = v.before
	}
	o := object{
		"id": v.id, "team_id": w.team, "type": v.spec.Type, "blocks": v.spec.Blocks, "private_metadata": v.spec.PrivateMetadata,
		"callback_id": v.spec.CallbackID, "external_id": v.spec.ExternalID, "state": object{"values": v.state()},
		"hash": v.hash, "clear_on_close": v.spec.ClearOnClose, "notify_on_close": v.spec.NotifyOnClose,
		"root_view_id": v.root, "previous_view_id": before, "app_id": w.app, "bot_id": w.botID,
		"app_installed_team_id": w.team, "title": nil, "submit": nil, "close": nil,
	}
	for key, raw := range map[string]json.RawMessage{"title": v.spec.Title, "submit": v.spec.Submit, "close": v.spec.Close} {
		if raw != nil {
			o[key] = raw
		}
	}
	return o
}

func (p *person) topView() *view {
	if len(p.views) == 0 {
		return nil
	}
	return p.views[len(p.views)-1]
}

// pushView puts a view on top of the person's stack.
func (w *Workspace) pushView(p *person, spec viewSpec) (*view, *apiError) {
	if len(p.views) >= w.limits.ViewDepth {
		return nil, fail("push_limit_reached")
	}
	v, err := w.newView(spec, p.ID)
	if err != nil {
		delete(w.views, v.id)
		return nil, err
	}
	if below := p.topView(); below != nil {
		v.root, v.before = below.root, below.id
	}
	p.views = append(p.views, v)
	return v, nil
}

// dropViews keeps the lowest n views of the person's stack.
func (w *Workspace) dropViews(p *person, n int) {
	for _, v := range p.views[n:] {
		delete(w.views, v.id)
	}
	p.views = p.views[:n]
	w.change(Change{Kind: "view", User: p.ID})
}

func openView(c *call) (object, *apiError) {
	return c.raiseView(false)
}

func pushView(c *call) (object, *apiError) {
	return c.raiseView(true)
}

// raiseView is views.open and views.push: a trigger becomes a modal. One that was raised outside a modal closes what the
// person has open, because nobody can type or click behind a modal.
func (c *call) raiseView(push bool) (object, *apiError) {
	spec, err := c.w.readView(c.args.raw("view"), "modal")
	if err != nil {
		return nil, err
	}
	t, err := c.w.useTrigger(or(c.args.text("trigger_id"), c.args.text("interactivity_pointer")), c.at)
	if err != nil {
		return nil, err
	}
	p := c.w.people[t.user]
	if push && (t.view == "" || c.w.views[t.view] == nil) {
		return nil, viewError("push needs a trigger of an open modal", "/trigger_id")
	}
	if !push && t.view == "" {
		c.w.dropViews(p, 0)
	}
	v, err := c.w.pushView(p, spec)
	if err != nil {
		return nil, err
	}
	return object{"view": c.w.viewJSON(v)}, nil
}

func updateView(c *call) (object, *apiError) {
	id, external := c.args.text("view_id"), c.args.text("external_id")
	if id == "" && external == "" {
		return nil, viewError("either view_id or external_id is needed", "/view_id")
	}
	var v *view
	for _, x := range c.w.views {
		if x.spec.Type == "modal" && (id != "" && x.id == id || id == "" && x.spec.ExternalID == external) {
			v = x
		}
	}
	if v == nil {
		return nil, fail("not_found")
	}
	return c.replaceView(v, "modal")
}

// replaceView is what views.update and a second views.publish do.
func (c *call) replaceView(v *view, want string) (object, *apiError) {
	spec, err := c.w.readView(c.args.raw("view"), want)
	if err != nil {
		return nil, err
	}
	if hash := c.args.text("hash"); hash != "" && hash != v.hash {
		return nil, fail("hash_conflict")
	}
	if err := c.w.fillView(v, spec); err != nil {
		return nil, err
	}
	return object{"view": c.w.viewJSON(v)}, nil
}

func publishView(c *call) (object, *apiError) {
	if !c.w.manifest.Features.AppHome.HomeTab {
		return nil, fail("not_enabled")
	}
	p := c.w.people[c.args.text("user_id")]
	if p == nil || p.bot {
		return nil, viewError("must be a user", "/user_id")
	}
	if p.home != nil {
		return c.replaceView(p.home, "home")
	}
	spec, err := c.w.readView(c.args.raw("view"), "home")
	if err != nil {
		return nil, err
	}
	v, err := c.w.newView(spec, p.ID)
	if err != nil {
		return nil, err
	}
	p.home = v
	return object{"view": c.w.viewJSON(v)}, nil
}

// answerSubmission does what the acknowledgement of a submission says. It returns the errors to show, or false when the
// answer is not one that Slack understands.
func (w *Workspace) answerSubmission(p *person, v *view, raw json.RawMessage) (map[string]string, bool) {
	at := slices.Index(p.views, v)
	if at < 0 {
		return nil, true // closed meanwhile
	}
	if raw == nil {
		w.dropViews(p, at)
		return nil, true
	}
	var a struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if json.Unmarshal(raw, &a) != nil {
		return nil, false
	}
	switch a.Action {
	case "":
		w.dropViews(p, at)
	case "clear":
		w.dropViews(p, 0)
	case "errors":
		inputs := inputBlocks(v.spec.Blocks)
		for block := range a.Errors {
			if !inputs[block] {
				w.log("submission answer dropped: %q is not the block_id of an input", block)
				return nil, false
			}
		}
		return a.Errors, len(a.Errors) > 0
	case "update", "push":
		spec, err := w.readView(a.View, "modal")
		if err == nil && a.Action == "update" {
			err = w.fillView(v, spec)
		} else if err == nil {
			_, err = w.pushView(p, spec)
		}
		if err != nil {
			w.log("submission answer dropped: %s %v", err.code, err.extra)
			return nil, false
		}
	default:
		w.log("submission answer dropped: response_action %q", a.Action)
		return nil, false
	}
	return nil, true
}

func inputBlocks(blocks json.RawMessage) map[string]bool {
	ids := map[string]bool{}
	for _, e := range blockkit.Elements(blocks) {
		if e.Input {
			ids[e.BlockID] = true
		}
	}
	return ids
}
