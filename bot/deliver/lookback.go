package deliver

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

const (
	skew      = 26 * time.Hour   // how far Slack's clock may be behind ours: a clock that was set wrong is wrong by hours or a day
	grid      = 10 * time.Minute // looks begin at full steps of this, so that intents of different age can share one
	lookPage  = 200
	looksKept = 256
)

// place is where messages are looked for.
type place struct{ channel, thread string }

// lookout is one look at a place: which of our intents have a message there. The fields below done may be read once it is closed.
type lookout struct {
	began  time.Time
	oldest time.Time
	done   chan struct{}

	found map[string]string // ts by intent id
	err   error
}

// serves reports whether the look answers for an intent posted after oldest, if it must have begun at or after fresh.
func (l *lookout) serves(oldest, fresh time.Time) bool {
	if l.began.Before(fresh) || l.oldest.After(oldest) {
		return false
	}
	select {
	case <-l.done:
		return l.err == nil
	default:
		return true
	}
}

// lookouts remembers the last look at each place.
type lookouts struct {
	mu   sync.Mutex
	last map[place]*lookout
}

func newLookouts() *lookouts { return &lookouts{last: map[place]*lookout{}} }

// join returns the look to use; mine says that the caller has to carry it out and close done.
func (ls *lookouts) join(p place, oldest, fresh, now time.Time) (l *lookout, mine bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if l := ls.last[p]; l != nil && l.serves(oldest, fresh) {
		return l, false
	}
	if len(ls.last) >= looksKept {
		clear(ls.last) // whoever waits for one has it in hand
	}
	l = &lookout{began: now, oldest: oldest.Truncate(grid), done: make(chan struct{})}
	ls.last[p] = l
	return l, true
}

// find looks for an intent's message. fresh is the earliest time at which a look says anything new about it.
func (s *Sender) find(ctx context.Context, t task, since, fresh time.Time) (r Receipt, found bool, err error) {
	channel, err := s.room(ctx, t)
	if err != nil {
		return Receipt{}, false, err
	}
	p := place{channel, t.action.ThreadTS}
	l, mine := s.looks.join(p, since.Add(-skew), fresh, s.now())
	if mine {
		l.found, l.err = s.look(ctx, t, p, l.oldest)
		close(l.done)
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return Receipt{}, false, &holdBack{at: s.now(), word: wordStopping}
	}
	ts := l.found[t.intent.ID]
	return Receipt{Channel: channel, TS: ts}, ts != "", l.err
}

// look reads a thread, or the top of a channel, page by page. Of two messages with one mark the earlier counts.
func (s *Sender) look(ctx context.Context, t task, p place, oldest time.Time) (map[string]string, error) {
	found, own := map[string]string{}, s.o.BotID()
	from := strconv.FormatInt(oldest.Unix(), 10) + ".000000"
	for cursor := ""; ; {
		page, next, err := s.page(ctx, t, p, from, cursor)
		if err != nil {
			if judge(err).word == "thread_not_found" {
				return found, nil // then nothing stands in it
			}
			return nil, err
		}
		for _, m := range page {
			key, ok := m.Metadata.EventPayload[metadataKey].(string)
			if !ok || m.Metadata.EventType != metadataType || own != "" && m.BotID != own {
				continue
			}
			if ts := found[key]; ts == "" || m.Timestamp < ts {
				found[key] = m.Timestamp
			}
		}
		if next == "" {
			return found, nil
		}
		cursor = next
	}
}

func (s *Sender) page(ctx context.Context, t task, p place, oldest, cursor string) (page []slack.Message, next string, err error) {
	if p.thread != "" {
		err = s.call(ctx, t.call(methodReplies), func(ctx context.Context) (err error) {
			page, _, next, err = s.o.Slack.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: p.channel, Timestamp: p.thread, Oldest: oldest, Cursor: cursor, Limit: lookPage, Inclusive: true, IncludeAllMetadata: true,
			})
			return err
		})
		return page, next, err
	}
	err = s.call(ctx, t.call(methodHistory), func(ctx context.Context) error {
		h, err := s.o.Slack.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: p.channel, Oldest: oldest, Cursor: cursor, Limit: lookPage, Inclusive: true, IncludeAllMetadata: true,
		})
		if err != nil {
			return err
		}
		page, next = h.Messages, h.ResponseMetaData.NextCursor
		return nil
	})
	return page, next, err
}
