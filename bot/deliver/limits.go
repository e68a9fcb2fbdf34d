package deliver

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sameday/store"
)

// Limit is a token bucket: PerMinute tokens come in, Burst of them can be saved. A zero field means the default.
type Limit struct {
	PerMinute float64
	Burst     int
}

// Limits are how often we call Slack at most. Slack's own tiers are floors with secret bursts, and it advises about one call a second
// for each method; the defaults follow that.
type Limits struct {
	Channel Limit // posts to one channel: 60 a minute, burst 5
	Posts   Limit // posts to the whole workspace: 240 a minute, burst 20
	Updates Limit // chat.update: 50 a minute, burst 10
	Links   Limit // chat.getPermalink: 50 a minute, burst 10
	Reads   Limit // conversations.history and conversations.replies, each: 50 a minute, burst 10
	Opens   Limit // conversations.open: 50 a minute, burst 10
	Others  Limit // any other method, each: 20 a minute, burst 5
}

func (l Limit) or(perMinute float64, burst int) Limit {
	if l.PerMinute <= 0 {
		l.PerMinute = perMinute
	}
	if l.Burst <= 0 {
		l.Burst = burst
	}
	return l
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Channel: l.Channel.or(60, 5), Posts: l.Posts.or(240, 20), Updates: l.Updates.or(50, 10),
		Links: l.Links.or(50, 10), Reads: l.Reads.or(50, 10), Opens: l.Opens.or(50, 10), Others: l.Others.or(20, 5),
	}
}

// The methods of Slack's that we call.
const (
	methodPost    = "chat.postMessage"
	methodUpdate  = "chat.update"
	methodLink    = "chat.getPermalink"
	methodHistory = "conversations.history"
	methodReplies = "conversations.replies"
	methodOpen    = "conversations.open"
)

func (l Limits) of(method string) Limit {
	of, ok := map[string]Limit{
		methodPost: l.Posts, methodUpdate: l.Updates, methodLink: l.Links, methodHistory: l.Reads, methodReplies: l.Reads, methodOpen: l.Opens,
	}[method]
	if !ok {
		return l.Others
	}
	return of
}

const (
	bucketsKept = 4096
	farthest    = time.Minute // longest guess of when a slot will be free
)

// patience is how long a worker waits for a token. Who may wait longer gets further into the future than the others together
// reserve, so what is urgent always finds a slot, however long the backlog.
func patience(priority int) time.Duration {
	switch {
	case priority <= store.PriorityRing:
		return 2100 * time.Millisecond
	case priority <= store.PriorityDigest:
		return time.Second
	}
	return 500 * time.Millisecond
}

// limiter keeps the token buckets and the rests that Slack has asked for.
type limiter struct {
	limits Limits

	mu      sync.Mutex
	buckets map[string]*bucket
	rests   map[string]time.Time // by method
}

type bucket struct {
	tokens *rate.Limiter
	tails  map[queue]time.Time
}

// queue is a line of intents that wait for tokens. Those that were sent away before do not line up again behind the new ones.
type queue struct {
	priority int
	again    bool
}

func newLimiter(l Limits) *limiter {
	return &limiter{limits: l, buckets: map[string]*bucket{}, rests: map[string]time.Time{}}
}

// rest stops a method until then.
func (l *limiter) rest(method string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.rests[method]) {
		l.rests[method] = until
	}
}

// resting says until when a method rests; zero when it does not.
func (l *limiter) resting(now time.Time, method string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := l.rests[method]; now.Before(until) {
		return until
	}
	return time.Time{}
}

// take reserves a call: it may be made after wait. When that is too long nothing is reserved and at says when to come again.
func (l *limiter) take(now time.Time, c call) (wait time.Duration, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := []*bucket{l.bucket(now, c.method, l.limits.of(c.method))}
	if c.method == methodPost {
		all = append(all, l.bucket(now, "to "+c.channel, l.limits.Channel))
	}
	q := queue{c.priority, c.again}
	if until := l.rests[c.method]; now.Before(until) {
		return 0, all[0].line(now, q, until)
	}
	reserved := make([]*rate.Reservation, len(all))
	slowest := all[0]
	for n, b := range all {
		reserved[n] = b.tokens.ReserveN(now, 1)
		if d := reserved[n].DelayFrom(now); d > wait {
			wait, slowest = d, b
		}
	}
	if wait <= patience(c.priority) {
		return wait, time.Time{}
	}
	for _, r := range reserved {
		r.CancelAt(now)
	}
	return 0, slowest.line(now, q, now.Add(wait))
}

// line gives a place at the end of a queue, from at on, one token's time after the one before.
func (b *bucket) line(now time.Time, q queue, at time.Time) time.Time {
	if next := b.tails[q].Add(time.Duration(float64(time.Second) / float64(b.tokens.Limit()))); next.After(at) {
		at = next
	}
	if last := now.Add(farthest); at.After(last) && b.tails[q].After(now) {
		return last // a guess this far off is worth nothing
	}
	b.tails[q] = at
	return at
}

func (l *limiter) bucket(now time.Time, key string, size Limit) *bucket {
	if b := l.buckets[key]; b != nil {
		return b
	}
	if len(l.buckets) >= bucketsKept {
		for k, b := range l.buckets {
			if b.tokens.TokensAt(now) >= float64(b.tokens.Burst()) {
				delete(l.buckets, k)
			}
		}
	}
	b := &bucket{tokens: rate.NewLimiter(rate.Limit(size.PerMinute/60), size.Burst), tails: map[queue]time.Time{}}
	l.buckets[key] = b
	return b
}
