package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Names of the addresses that are not methods, in Calls and Fault.
const (
	callHook   = "response_url"
	callUpload = "upload"
)

// apiError is a Slack error with whatever else the reply carries.
type apiError struct {
	code  string
	extra object
	wait  time.Duration // for a rate limit
}

func fail(code string) *apiError { return &apiError{code: code} }

const codeLimited = "ratelimited"

func limited(wait time.Duration) *apiError { return &apiError{code: codeLimited, wait: wait} }

// call is one call of a method on its way through the workspace.
type call struct {
	w        *Workspace
	def      *method
	args     args
	base     string // scheme and host the caller used, for addresses in the reply
	at       time.Time
	content  *content // made by prepare for methods that post
	warnings []string
}

// method is one row of the table of the Web API.
type method struct {
	name   string
	tier   tier
	scopes []string // any of these; which one exactly may depend on the conversation, see call.room
	app    bool     // wants the app-level token
	post   bool     // refuses GET
	// prepare does what needs no lock, before run; it may be nil.
	prepare func(*call) *apiError
	// run does the work with the workspace locked.
	run func(*call) (object, *apiError)
	// own quota instead of the tier's; nil for most.
	quota func(*Workspace, string) quota
}

// reply is what will be written, unless a fault is in the way.
type reply struct {
	status int
	retry  time.Duration
	ctype  string
	body   []byte
}

func jsonReply(status int, v object) reply {
	b, err := json.Marshal(v)
	if err != nil { // all replies are maps of plain values
		b = []byte(`{"ok":false,"error":"internal_error"}`)
	}
	return reply{status: status, ctype: "application/json; charset=utf-8", body: b}
}

func errorReply(e *apiError) reply {
	body := object{"ok": false, "error": e.code}
	for k, v := range e.extra {
		body[k] = v
	}
	if e.code == codeLimited {
		r := jsonReply(http.StatusTooManyRequests, body)
		r.retry = e.wait
		return r
	}
	return jsonReply(http.StatusOK, body)
}

// serveAPI answers /api/<method>.
func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	rw.Header().Set("Date", w.opts.Now().UTC().Format(http.TimeFormat))
	a, problem := readArgs(r)
	w.answer(rw, r, name, a.text("channel"), func() reply {
		if problem != nil {
			return errorReply(problem)
		}
		return w.dispatch(r, name, a)
	})
}

// answer runs do under the fault planned for the call, writes the outcome and records it.
func (w *Workspace) answer(rw http.ResponseWriter, r *http.Request, name, channel string, do func() reply) {
	f := w.fault(name, channel)
	out := Call{Method: name, Channel: channel, Outcome: "hung"}
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.record(out)
	}()
	if !w.wait(r, f.Delay) {
		cutConn(rw, false)
		return
	}
	var rep reply
	if f.Stored {
		rep = do()
		out.Stored = rep.outcome() == "ok"
	}
	if !w.wait(r, f.Hang) {
		cutConn(rw, false)
		return
	}
	rep = f.overrule(rep)
	switch f.Cut {
	case NoCut:
		out.Outcome = rep.outcome()
		rep.write(rw)
		return
	case CutInBody:
		rw.Header().Set("Content-Length", strconv.Itoa(len(rep.body)))
		rep.body = rep.body[:len(rep.body)/2]
		rep.write(rw)
		cutConn(rw, true)
	default:
		cutConn(rw, false)
	}
	out.Outcome = "cut"
}

// wait waits for d and tells whether the caller and the workspace are still there.
func (w *Workspace) wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return r.Context().Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	case <-w.done:
		return false
	}
}

// overrule puts the planned outcome in place of the real one.
func (f *Fault) overrule(rep reply) reply {
	switch {
	case f.Status == http.StatusTooManyRequests:
		rep = jsonReply(f.Status, object{"ok": false, "error": codeLimited})
		rep.retry = f.RetryAfter
	case f.Status != 0:
		rep = reply{status: f.Status, ctype: "text/plain; charset=utf-8", body: []byte(http.StatusText(f.Status))}
	case f.Error != "":
		rep = errorReply(&apiError{code: f.Error})
	case rep.status == 0: // cut before anything was done
		rep = jsonReply(http.StatusOK, object{"ok": true})
	}
	return rep
}

func (r reply) write(rw http.ResponseWriter) {
	h := rw.Header()
	h.Set("Content-Type", r.ctype)
	if r.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(r.retry)))
	}
	rw.WriteHeader(r.status)
	_, _ = rw.Write(r.body) // a caller who went away has no use for the rest
}

// outcome names the reply for the call log.
func (r reply) outcome() string {
	if r.status == http.StatusTooManyRequests {
		return "429"
	}
	var body struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	if json.Unmarshal(r.body, &body) == nil && body.OK != nil && !*body.OK {
		return or(body.Error, "not ok")
	}
	if r.status != http.StatusOK {
		return fmt.Sprintf("status %d", r.status)
	}
	return "ok"
}

// dispatch finds the method, checks token, rate and scopes, and runs it.
func (w *Workspace) dispatch(r *http.Request, name string, a args) reply {
	def := methods[name]
	if def == nil {
		return errorReply(fail("unknown_method"))
	}
	if def.post && r.Method != http.MethodPost {
		return errorReply(fail("insecure_request"))
	}
	c := &call{w: w, def: def, args: a, base: baseOf(r), at: w.opts.Now()}
	if err := w.gate(c, bearer(r, a)); err != nil {
		return errorReply(err)
	}
	if def.prepare != nil {
		if err := def.prepare(c); err != nil {
			return errorReply(err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errorReply(fail("service_unavailable"))
	}
	out, err := def.run(c)
	if err != nil {
		return errorReply(err)
	}
	if out == nil {
		out = object{}
	}
	if _, set := out["ok"]; !set {
		out["ok"] = true
	}
	c.warn(out)
	return jsonReply(http.StatusOK, out)
}

// gate is what stands before every method: the token, the rate, the scopes.
func (w *Workspace) gate(c *call, token string) *apiError {
	w.mu.Lock()
	defer w.mu.Unlock()
	want, other := w.BotToken(), w.AppToken()
	if c.def.app {
		want, other = other, want
	}
	switch {
	case token == "":
		return fail("not_authed")
	case token == other:
		return fail("not_allowed_token_type")
	case token != want:
		return fail("invalid_auth")
	case w.faults.Revoked && !c.def.app:
		return fail("token_revoked")
	}
	q := w.methodQuota(c.def.name, c.def.tier)
	if c.def.quota != nil {
		q = c.def.quota(w, c.def.name)
	}
	if wait := w.admit(c.at, q); wait > 0 {
		return limited(wait)
	}
	if len(c.def.scopes) > 0 && !w.granted(c.def.scopes...) {
		return w.missing(c.def.scopes...)
	}
	return nil
}

// granted tells whether the app holds any of the scopes.
func (w *Workspace) granted(anyOf ...string) bool {
	return w.limits.NoScopes || slices.ContainsFunc(anyOf, func(s string) bool {
		return w.scopes[s] && !slices.Contains(w.faults.MissingScopes, s)
	})
}

func (w *Workspace) missing(anyOf ...string) *apiError {
	var have []string
	for _, s := range w.manifest.OAuth.Scopes.Bot {
		if !slices.Contains(w.faults.MissingScopes, s) {
			have = append(have, s)
		}
	}
	return &apiError{code: "missing_scope", extra: object{"needed": strings.Join(anyOf, ","), "provided": strings.Join(have, ",")}}
}

// warn adds the warnings of the call to its reply.
func (c *call) warn(out object) {
	if len(c.warnings) == 0 {
		return
	}
	out["warning"] = strings.Join(c.warnings, ",")
	meta, _ := out["response_metadata"].(object)
	if meta == nil {
		meta = object{}
	}
	meta["warnings"] = c.warnings
	out["response_metadata"] = meta
}

func baseOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
