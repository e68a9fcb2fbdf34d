package sandbox

import (
	"strings"
	"time"
)

// trigger is the right to open one modal for a person, for a short time.
type trigger struct {
	user string
	view string // the modal it was raised in, if any
	at   time.Time
	used bool
}

// newTrigger gives a trigger id for what the person has just done.
func (w *Workspace) newTrigger(user, view string) string {
	now, n := w.opts.Now(), w.secret()
	id := strings.Join([]string{itoa(len(n)), n[:len(n)-8], n[len(n)-8:]}, ".")
	w.triggers.put(id, &trigger{user: user, view: view, at: now}, now)
	return id
}

// useTrigger takes a trigger: it works once, and not for long.
func (w *Workspace) useTrigger(id string, at time.Time) (*trigger, *apiError) {
	t := w.triggers.get(id)
	switch {
	case t == nil:
		return nil, fail("invalid_trigger_id")
	case t.used:
		return nil, fail("exchanged_trigger_id")
	case at.Sub(t.at) > w.limits.TriggerLife:
		return nil, fail("expired_trigger_id")
	}
	t.used = true
	return t, nil
}
