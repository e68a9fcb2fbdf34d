package bot

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	// mostSkew is how far this machine's clock may be from Slack's before Slack's holds.
	mostSkew = time.Minute
	// jumpsBy is more than ever passes between two looks at the clock of a running bot: its sender looks every few seconds.
	jumpsBy = 2 * time.Minute
	// askTime bounds the question for Slack's time; without an answer the machine's clock holds.
	askTime = 5 * time.Second
)

// rightTime is this machine's clock, put right by Slack's where it is wrong by more than a minute. A clock that runs a day ahead for an
// hour would otherwise end a day that has not begun: its jobs would be on record as run, and nobody would be flagged for the night itself.
//
// Slack's time is learned at the start, each hour, and whenever the clock has jumped. After a jump the machine's clock holds until then:
// most jumps put a wrong clock right, or come from a laptop that slept.
type rightTime struct {
	raw    func() time.Time
	jumped func() // has Slack asked; it must not block

	mu    sync.Mutex
	last  time.Time     // the clock's last answer, without its monotonic reading
	off   time.Duration // added to it
	told  time.Duration // what the operator knows of it
	doubt bool          // it has jumped since Slack was asked
}

// Now is the time that everything in the bot goes by.
func (c *rightTime) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.look().Add(c.off)
}

// look reads the clock and notices a jump.
func (c *rightTime) look() time.Time {
	now := c.raw()
	wall := now.Round(0)
	if on := wall.Sub(c.last); !c.last.IsZero() && (on > jumpsBy || on < -time.Second) {
		c.off, c.doubt = 0, true
		c.jumped()
	}
	c.last = wall
	return now
}

// doubted reports whether the clock has jumped since Slack was asked.
func (c *rightTime) doubted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	return c.doubt
}

// heard takes Slack's time. It says how far the machine's clock is from it, 0 when that is little, and whether that is news.
func (c *rightTime) heard(theirs time.Time) (off time.Duration, news bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if off = theirs.Sub(c.look()); off.Abs() <= mostSkew {
		off = 0
	}
	if (off-c.off).Abs() > mostSkew || off == 0 { // a header's second more or less is no reason to move
		c.off = off
	}
	news = (c.off-c.told).Abs() > mostSkew || c.off == 0 && c.told != 0
	c.told, c.doubt = c.off, false
	return c.off, news
}

// Now is the time that the bot goes by: this machine's, put right by Slack's where the two are more than a minute apart.
func (b *Bot) Now() time.Time { return b.options.Now() }

// heardTime learns Slack's time from an answer; a header counts full seconds.
func (b *Bot) heardTime(h http.Header) {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	switch off, news := b.clock.heard(theirs.Add(500 * time.Millisecond)); {
	case news && off != 0:
		b.log.Error().Stringer("behind_by", off.Round(time.Second)).
			Msg("this machine's clock is wrong: Slack's time holds until it is set, by NTP (timedatectl set-ntp true)")
	case news:
		b.log.Info().Msg("this machine's clock is right again")
	}
}

// askSlackTime asks for Slack's time.
func (b *Bot) askSlackTime(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if who, err := b.slack.AuthTestContext(ctx); err == nil {
		b.heardTime(who.Header)
	}
}
