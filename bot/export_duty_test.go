package bot

import (
	"context"
	"time"
)

// Handovers does what is due about handovers, as a sweep does.
func (b *Bot) Handovers(ctx context.Context, now time.Time) error { return b.handovers(ctx, now) }

// Shifts counts the rosters whose handovers are watched.
func (b *Bot) Shifts() int { return len(b.shifts.units) }
