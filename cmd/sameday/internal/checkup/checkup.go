// Package checkup looks at everything that Sameday needs to run, and says of each thing whether it is right and, where it is not, how
// exactly to mend it.
package checkup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/directory"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// maxSkew is how far this machine's clock may be from Slack's: deadlines of half an hour are kept by it.
const maxSkew = 30 * time.Second

// runs is how many coming runs of a job are shown.
const runs = 5

// Options say what to look at. All but HTTP are required.
type Options struct {
	Config *config.Config
	Getenv func(string) string
	Scopes []string // bot scopes that the app must have
	Now    func() time.Time
	HTTP   *http.Client // nil: ones with a time limit
}

// report collects lines.
type report struct {
	out   io.Writer
	wrong int
}

func (r *report) ok(what, format string, args ...any) {
	r.say("OK", what, "", fmt.Sprintf(format, args...))
}

// warn says what works and may not be what the bank wants; it does not count as wrong.
func (r *report) warn(what, fix, format string, args ...any) {
	r.say("WARN", what, fix, fmt.Sprintf(format, args...))
}

func (r *report) bad(what, fix, format string, args ...any) {
	r.wrong++
	r.say("WRONG", what, fix, fmt.Sprintf(format, args...))
}

// say writes a line and under it, where there is one, how to mend what it says.
func (r *report) say(mark, what, fix, sentence string) {
	_, _ = fmt.Fprintf(r.out, "%-6s %-9s %s\n", mark, what, sentence)
	if fix != "" {
		_, _ = fmt.Fprintf(r.out, "       %-9s → %s\n", "", strings.ReplaceAll(fix, "\n", "\n                   "))
	}
}

// Run writes one line for each thing looked at, and returns how many are wrong. Nothing is changed anywhere.
func Run(ctx context.Context, out io.Writer, o Options) int {
	r := &report{out: out}
	c := o.Config
	r.ok("config", "%s: %d units, policy %s", c.Path, len(c.Units), c.Policy.Version())
	r.positions(c)
	r.ladder(c)
	r.standing(c)
	for _, j := range append(workflow.Jobs(), workflow.BranchJobs()...) {
		r.job(c, j, o.Now())
	}
	r.key(o.Getenv)
	rosters, read := r.database(ctx, c)
	r.gateway(ctx, o)
	r.heartbeat(ctx, o)
	tree, people := r.slack(ctx, o)
	if read {
		r.rosters(c, rosters, tree, people, o.Now())
	}
	return r.wrong
}

// positions looks for units where nobody can do what the rules ask for.
func (r *report) positions(c *config.Config) {
	for _, u := range c.Units {
		staffed := slices.ContainsFunc(
			[]org.Position{org.ComplaintManager, org.DeputyPresident, org.President}, func(p org.Position) bool { return len(u.Positions[p]) > 0 })
		if u.Tier == org.SubBranch && !staffed {
			r.bad("positions", fmt.Sprintf("give unit %s a complaint_manager or a president in %s", u.ID, c.Path),
				"nobody at %s can assign complaints, and overnight pings go to the unit above", u.ID)
		}
	}
}

func (r *report) job(c *config.Config, j workflow.Job, now time.Time) {
	s, zone := c.Jobs[j], c.Zone
	var next []string
	for _, t := range s.Next(now, zone, runs) {
		next = append(next, t.Format("Mon 2006-01-02 15:04"))
	}
	r.ok("job", "%s %q (%s): %s", j, s.Spec, zone, strings.Join(next, ", "))
}

func (r *report) key(getenv func(string) string) {
	key, err := config.Key(getenv)
	if err != nil {
		r.bad("key", "", "%v", err)
		return
	}
	r.ok("key", "%v", key)
}

// database looks at the database, and reads the rosters; ok is false where they could not be read.
func (r *report) database(ctx context.Context, c *config.Config) (rosters bankRosters, ok bool) {
	path := ledger.Path(c.Data)
	s, err := ledger.OpenExisting(ctx, c.Data)
	var locked *store.LockedError
	switch {
	case errors.Is(err, ledger.ErrNone):
		r.ok("database", "%s is made at the first start", path)
		return nil, true
	case errors.As(err, &locked):
		r.ok("database", "%s is in use by process %d", path, locked.PID)
		if rosters, err = heldRosters(ctx, c); err != nil {
			r.warn("rosters", "", "they were not looked at, because process %d gave no copy of the database: %v", locked.PID, err)
			return nil, false
		}
		return rosters, true
	case err != nil:
		r.bad("database", "", "%v", err)
		return nil, false
	}
	head, err := s.Head(ctx)
	if err == nil {
		rosters, err = readRosters(ctx, s, c)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		r.bad("database", "sameday verify says more", "%v", err)
		return nil, false
	}
	r.ok("database", "%s: %d records", path, head.Seq)
	return rosters, true
}

// slack looks at everything on Slack's side; each part needs the one before it. It returns the bank's tree and the workspace's people,
// nil where it did not get so far.
func (r *report) slack(ctx context.Context, o Options) (*org.Tree, *directory.Directory) {
	address, err := o.Config.SlackURL(o.Getenv)
	if err != nil {
		r.bad("slack", "", "%v", err)
		return nil, nil
	}
	bot, app, err := config.Tokens(o.Getenv)
	if err != nil {
		r.bad("tokens", "", "%v", err)
		return nil, nil
	}
	client := Client(o.HTTP, address, bot, app)
	who, err := client.AuthTestContext(ctx)
	if err != nil {
		r.bad("bot token", slackFix(err, config.EnvBotToken), "Slack refuses it: %v", err)
		return nil, nil
	}
	r.ok("bot token", "%s in workspace %s (%s)", who.User, who.Team, who.TeamID)
	r.clock(who.Header, o.Now())
	r.scopes(who.Header, o.Scopes)
	if _, _, err := client.StartSocketModeContext(ctx); err != nil {
		r.bad("app token", slackFix(err, config.EnvAppToken), "Slack opens no Socket Mode connection: %v", err)
	} else {
		r.ok("app token", "Slack opens Socket Mode connections for it")
	}
	d, err := directory.Load(ctx, client)
	if err != nil {
		r.bad("directory", slackFix(err, config.EnvBotToken), "%v", err)
		return nil, nil
	}
	tree := r.bank(o.Config, d)
	r.panel(o.Config, d)
	return tree, d
}

// Client makes a client of Slack, or of the compatible server at address ("" = Slack). A nil h gets a time limit: slack-go's own waits
// for ever.
func Client(h *http.Client, address string, bot, app config.Secret) *slack.Client {
	options := []slack.Option{slack.OptionHTTPClient(orDefault(h)), slack.OptionAppLevelToken(app.Value())}
	if address != "" {
		options = append(options, slack.OptionAPIURL(address))
	}
	return slack.New(bot.Value(), options...)
}

func orDefault(h *http.Client) *http.Client {
	if h == nil {
		return &http.Client{Timeout: 20 * time.Second}
	}
	return h
}

// slackFix says what to do about an error of Slack's.
func slackFix(err error, variable string) string {
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) {
		return "is Slack reachable from here? A proxy is taken from HTTPS_PROXY; another server from slack.api_url or SLACK_API_URL"
	}
	switch refused.Err {
	case "missing_scope":
		return fmt.Sprintf("add the scope %s at api.slack.com/apis → your app → OAuth & Permissions, then reinstall the app", refused.Needed)
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive":
		return fmt.Sprintf("copy the token into %s again from api.slack.com/apps → your app; reinstall the app if it was removed", variable)
	case "not_allowed_token_type":
		return fmt.Sprintf("%s holds a token of another kind", variable)
	}
	return "Slack's documentation explains " + refused.Err
}

func (r *report) clock(h http.Header, now time.Time) {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		r.ok("clock", "the server tells no time to compare with")
		return
	}
	if skew := now.Sub(theirs).Round(time.Second); skew.Abs() > maxSkew {
		r.bad("clock", "set this machine's clock by NTP (timedatectl set-ntp true)", "this machine is %v off Slack's clock", skew)
		return
	}
	r.ok("clock", "within %v of Slack's", maxSkew)
}

func (r *report) scopes(h http.Header, needed []string) {
	given := strings.FieldsFunc(h.Get("X-OAuth-Scopes"), func(c rune) bool { return c == ',' || c == ' ' })
	if len(given) == 0 {
		r.ok("scopes", "the server does not tell them")
		return
	}
	var missing []string
	for _, s := range needed {
		if !slices.Contains(given, s) {
			missing = append(missing, s)
		}
	}
	if len(missing) > 0 {
		r.bad("scopes", "paste \"sameday manifest\" at api.slack.com/apps → your app → App Manifest, then reinstall the app",
			"the app lacks %s", strings.Join(missing, ", "))
		return
	}
	r.ok("scopes", "all %d are there", len(needed))
}

// bank looks at the people and channels of the configuration. It returns the bank's tree, nil where people or channels are unknown.
func (r *report) bank(c *config.Config, d *directory.Directory) *org.Tree {
	tree, err := c.Tree(d.FindPerson, d.FindChannel)
	if err != nil {
		r.bad("people", "", "%v", err)
		return nil
	}
	wrong := r.wrong
	for _, id := range tree.People() {
		p, known := d.Person(id)
		switch {
		case !known:
			r.bad("people", "take the id from the person's Slack profile (⋮ → Copy member ID)", "%s is nobody in this workspace", id)
		case p.Deleted:
			r.bad("people", "give the position to somebody else in "+c.Path, "%s (%s) is deactivated", id, p.Name)
		case p.Bot:
			r.bad("people", "give the position to a person in "+c.Path, "%s (%s) is a bot", id, p.Name)
		}
	}
	if r.wrong == wrong {
		r.ok("people", "%d people hold positions", len(tree.People()))
	}
	wrong = r.wrong
	for _, u := range tree.Units() {
		r.channel(u, d)
	}
	if r.wrong == wrong {
		r.ok("channels", "the bot is in, or can join, the channel of each of %d units", len(tree.Units()))
	}
	return tree
}

func (r *report) channel(u org.Unit, d *directory.Directory) {
	ch, known := d.Channel(u.Channel)
	switch {
	case !known:
		r.bad("channels", "is the id right? If the channel is private, type in it: /invite @Sameday", "the bot does not see %s of unit %s", u.Channel, u.ID)
	case ch.Archived:
		r.bad("channels", "unarchive it or name another one", "#%s of unit %s is archived", ch.Name, u.ID)
	case ch.Private && !ch.Member:
		r.bad("channels", "type in it: /invite @Sameday", "the bot is not in the private channel #%s of unit %s", ch.Name, u.ID)
	}
}
