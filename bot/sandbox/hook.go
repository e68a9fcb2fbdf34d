package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// hook is a response URL: the right to answer something a person did, a few times.
type hook struct {
	ch     *channel
	user   string
	origin *message // what was clicked; nil for a command
	at     time.Time
	uses   int
}

// newHook gives the path of a new response URL.
func (w *Workspace) newHook(ch *channel, user string, origin *message) string {
	now, id := w.opts.Now(), w.secret()
	w.hooks.put(id, &hook{ch: ch, user: user, origin: origin, at: now}, now)
	return "/response/" + w.team + "/" + id
}

// answer is the body of a response URL, and of the acknowledgement of a slash command.
type answer struct {
	Type    string `json:"response_type"`
	Replace bool   `json:"replace_original"`
	Delete  bool   `json:"delete_original"`
	Thread  string `json:"thread_ts"`
}

func (w *Workspace) serveHook(rw http.ResponseWriter, r *http.Request) {
	id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	channel := ""
	w.mu.Lock()
	if h := w.hooks.get(id); h != nil {
		channel = h.ch.ID
	}
	w.mu.Unlock()
	a, problem := readArgs(r)
	w.answer(rw, r, callHook, channel, func() reply {
		if problem != nil {
			return errorReply(problem)
		}
		return w.useHook(id, a)
	})
}

func plain(status int, text string) reply {
	return reply{status: status, ctype: "text/plain; charset=utf-8", body: []byte(text)}
}

// useHook answers at a response URL.
func (w *Workspace) useHook(id string, a args) reply {
	if raw := a.raw("payload"); a.json == nil && raw != nil { // a form carries the JSON in payload
		_ = json.Unmarshal(raw, &a.json)
	}
	c, err := w.contentOf(a, false)
	if err != nil {
		return errorReply(err)
	}
	ans := answer{Type: a.text("response_type"), Replace: a.flag("replace_original"), Delete: a.flag("delete_original"), Thread: a.text("thread_ts")}
	w.mu.Lock()
	defer w.mu.Unlock()
	h, now := w.hooks.get(id), w.opts.Now()
	switch {
	case h == nil || w.closed:
		return plain(http.StatusNotFound, "no_service")
	case now.Sub(h.at) > w.limits.ResponseURLLife:
		return plain(http.StatusNotFound, "expired_url")
	case h.uses >= w.limits.ResponseURLUses:
		return plain(http.StatusNotFound, "used_url")
	}
	if wait := w.admit(now, w.postQuotas(h.ch.ID)...); wait > 0 {
		return errorReply(limited(wait))
	}
	if _, err := w.respond(h, ans, c); err != nil {
		return errorReply(err)
	}
	h.uses++
	return plain(http.StatusOK, "ok")
}

// respond carries out an answer and returns the message it made or changed.
func (w *Workspace) respond(h *hook, a answer, c *content) (*message, *apiError) {
	origin := h.origin
	if origin != nil && origin.gone {
		origin = nil
	}
	switch {
	case a.Delete && origin != nil:
		w.retract(origin)
		return origin, nil
	case a.Delete && c.empty():
		return nil, nil // a command's text cannot be deleted
	case c.empty():
		return nil, fail("no_text")
	case a.Replace && origin != nil:
		before := w.messageJSON(origin, metadataFull)
		w.rewrite(origin, c)
		w.changed(origin, before)
		return origin, nil
	}
	if err := h.ch.answerable(a.Thread); err != nil {
		return nil, err
	}
	m := w.own(h.ch, c, a.Thread)
	m.metadata = nil
	if a.Type == "in_channel" {
		w.add(m)
	} else {
		w.whisper(m, h.user)
	}
	return m, nil
}

// retract deletes a message of the app, ephemeral or not.
func (w *Workspace) retract(m *message) {
	if m.to == "" {
		w.discard(m)
		return
	}
	m.gone = true
	m.ch.private = slices.DeleteFunc(m.ch.private, func(x *message) bool { return x == m })
	w.change(Change{Kind: "message_deleted", Channel: m.ch.ID, TS: m.ts, User: m.to})
}
