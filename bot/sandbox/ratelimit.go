package sandbox

import (
	"math"
	"time"
)

// bucket is a token bucket that starts full.
type bucket struct {
	tokens float64
	last   time.Time
}

// quota is one limit that a call draws on.
type quota struct {
	key    string
	perSec float64
	burst  float64
}

// fill brings the bucket up to now; a clock that went back fills nothing.
func (b *bucket) fill(q quota, now time.Time) {
	if gone := now.Sub(b.last).Seconds(); gone > 0 {
		b.tokens = min(q.burst, b.tokens+gone*q.perSec)
		b.last = now
	}
}

// admit takes one token of every quota, or none of any and says how long to wait.
func (w *Workspace) admit(now time.Time, quotas ...quota) (wait time.Duration) {
	if w.limits.NoRateLimits {
		return 0
	}
	for _, q := range quotas {
		b := w.buckets[q.key]
		if b == nil {
			b = &bucket{tokens: q.burst, last: now}
			w.buckets[q.key] = b
		}
		b.fill(q, now)
		if b.tokens < 1 {
			wait = max(wait, time.Duration((1-b.tokens)/q.perSec*float64(time.Second)))
		}
	}
	if wait > 0 {
		return wait
	}
	for _, q := range quotas {
		w.buckets[q.key].tokens--
	}
	return 0
}

// tier is the rate class of a method in calls a minute; 0 stands for Slack's "special".
type tier int

const (
	special tier = 0
	tier2   tier = 20
	tier3   tier = 50
	tier4   tier = 100
)

func (w *Workspace) methodQuota(name string, t tier) quota {
	if t == special {
		n := float64(w.limits.SpecialPerMinute)
		return quota{key: name, perSec: n / 60, burst: n}
	}
	n := float64(t)
	return quota{key: name, perSec: n / 60, burst: max(1, math.Floor(n*w.limits.TierBurst))}
}

// historyQuota is that of conversations.history and replies.
func (w *Workspace) historyQuota(name string) quota {
	if w.limits.Distributed {
		return quota{key: name, perSec: 1.0 / 60, burst: 1}
	}
	return w.methodQuota(name, tier3)
}

// postQuotas limit messages: to one channel, and to the whole workspace.
func (w *Workspace) postQuotas(channel string) []quota {
	per := float64(w.limits.WorkspacePerMinute)
	return []quota{
		{key: "post " + channel, perSec: w.limits.ChannelPerSecond, burst: float64(w.limits.ChannelBurst)},
		{key: "post", perSec: per / 60, burst: per},
	}
}

func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
