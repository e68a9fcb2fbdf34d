package sandbox

import (
	"slices"
	"strconv"
	"time"
)

const (
	scheduleAhead  = 120 * 24 * time.Hour // as far ahead as a message may be planned
	scheduleWindow = 5 * time.Minute      // at most scheduleMost messages of a channel in any such time
	scheduleMost   = 30
)

// scheduled is a message that waits for its time.
type scheduled struct {
	id   string
	at   time.Time
	made time.Time
	msg  *message
}

func scheduleMessage(c *call) (object, *apiError) {
	ch, err := c.roomToPost("channel")
	if err != nil {
		return nil, err
	}
	if c.content.empty() {
		return nil, fail("no_text")
	}
	secs, perr := strconv.ParseInt(c.args.text("post_at"), 10, 64)
	at := time.Unix(secs, 0)
	switch {
	case perr != nil:
		return nil, fail("invalid_time")
	case !at.After(c.at):
		return nil, fail("time_in_past")
	case at.Sub(c.at) > scheduleAhead:
		return nil, fail("time_too_far")
	}
	thread := c.args.text("thread_ts")
	if err := ch.answerable(thread); err != nil {
		return nil, err
	}
	near := 0
	for _, s := range ch.schedule {
		if s.at.Sub(at).Abs() < scheduleWindow {
			near++
		}
	}
	if near >= scheduleMost {
		return nil, fail("restricted_too_many")
	}
	s := &scheduled{id: c.w.id("Q"), at: at, made: c.at, msg: c.w.own(ch, c.content, thread)}
	ch.schedule = append(ch.schedule, s)
	c.w.after(at.Sub(c.at), c.w.postDue)
	shown := c.w.messageJSON(s.msg, metadataFull)
	delete(shown, "ts")
	return object{"channel": ch.ID, "scheduled_message_id": s.id, "post_at": secs, "message": shown}, nil
}

// PostDue posts the scheduled messages whose time has come by Options.Now. The workspace does so by itself as long as
// Options.Now runs like the computer's clock; whoever moves it forward by hand calls PostDue afterwards.
func (w *Workspace) PostDue() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.postDue()
}

func (w *Workspace) postDue() {
	now := w.opts.Now()
	var due []*scheduled
	for _, ch := range w.rooms {
		ch.schedule = slices.DeleteFunc(ch.schedule, func(s *scheduled) bool {
			if s.at.After(now) {
				return false
			}
			due = append(due, s)
			return true
		})
	}
	slices.SortStableFunc(due, func(a, b *scheduled) int { return a.at.Compare(b.at) })
	for _, s := range due {
		switch {
		case s.msg.metadata != nil: // a bug of Slack's that it warns of: such a message never appears
			w.log("scheduled message %s not posted: it has metadata", s.id)
		case s.msg.ch.Archived:
			w.log("scheduled message %s not posted: the channel is archived", s.id)
		default:
			w.add(s.msg)
		}
	}
}

func deleteScheduled(c *call) (object, *apiError) {
	ch, err := c.room("channel")
	if err != nil {
		return nil, err
	}
	id := c.args.text("scheduled_message_id")
	i := slices.IndexFunc(ch.schedule, func(s *scheduled) bool { return s.id == id })
	if i < 0 {
		return nil, fail("invalid_scheduled_message_id")
	}
	ch.schedule = slices.Delete(ch.schedule, i, i+1)
	return nil, nil
}

func listScheduled(c *call) (object, *apiError) {
	only := c.args.text("channel")
	if only != "" && c.w.channels[only] == nil {
		return nil, fail("invalid_channel")
	}
	oldest, _ := parseTS(c.args.text("oldest"))
	latest, bounded := parseTS(c.args.text("latest"))
	var all []object
	for _, ch := range c.w.rooms {
		if only != "" && ch.ID != only {
			continue
		}
		for _, s := range ch.schedule {
			if t := s.at.UnixMicro(); t < oldest || bounded && t > latest {
				continue
			}
			all = append(all, object{
				"id": s.id, "channel_id": ch.ID, "post_at": s.at.Unix(), "date_created": s.made.Unix(), "text": s.msg.text,
			})
		}
	}
	page, meta, err := paginate(c, all, 100, 1000)
	if err != nil {
		return nil, err
	}
	return object{"scheduled_messages": page, "response_metadata": meta}, nil
}
