package bot

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
	"sameday/workflow/privacy"
)

// request is one delivery with what every handler needs: the words and the zone of the place it came from.
type request struct {
	inbound
	ref   string // shown to a person whose command failed through our fault; also in the log
	words *words.Words
	zone  *time.Location
	now   time.Time
	rules *workflow.Rules
	unit  org.Unit    // whose channel it came from; the zero Unit elsewhere
	about workflow.ID // the complaint whose emergency group's channel it came from; unit is then the complaint's
}

func (r request) actor() workflow.Actor { return workflow.Person(r.Person) }

func (b *Bot) request(ref string, in inbound) request {
	rules := b.desk.Rules()
	unit, _ := rules.Tree.ByChannel(in.Channel)
	zone := rules.Tree.Root().Zone
	if unit.Zone != nil {
		zone = unit.Zone
	}
	return request{inbound: in, ref: ref, words: b.wordsFor(in), zone: zone, now: b.options.Now(), rules: rules, unit: unit}
}

// wordsFor picks the language: that of the channel's unit, else that of the person's own unit, else the bank's.
func (b *Bot) wordsFor(in inbound) *words.Words {
	tree := b.desk.Rules().Tree
	if u, ok := tree.ByChannel(in.Channel); ok {
		return words.For(u.Language)
	}
	if posts := tree.Posts(in.Person); len(posts) > 0 {
		u, _ := tree.Unit(posts[0].Unit)
		return words.For(u.Language)
	}
	return words.For(tree.Root().Language)
}

// handle answers one delivery. Whatever it changes is on disk when it returns.
func (b *Bot) handle(ctx context.Context, ref string, in inbound) answer {
	defer b.touched(in)
	r, err := b.inGroup(ctx, b.request(ref, in))
	if err != nil {
		return b.failed(r, err)
	}
	switch in.Kind {
	case inCommand:
		return b.command(ctx, r)
	case inMention:
		return b.mention(ctx, r)
	case inClick:
		return b.click(ctx, r)
	case inSubmit:
		return b.submit(ctx, r)
	case inShortcut:
		return b.shortcut(ctx, r)
	case inSuggest:
		return b.suggest(r)
	case inHome:
		return b.homeOpened(ctx, r)
	case inJoined:
		b.joined(ctx, in)
	case inOther:
	}
	return answer{}
}

// command answers a slash command.
func (b *Bot) command(ctx context.Context, r request) answer {
	switch r.Command {
	case commandComplaint:
		return b.complaint(ctx, r, r.Text, r.about)
	case commandNotice:
		return b.notice(ctx, r)
	case commandDuty:
		return b.duty(ctx, r)
	}
	return say(r.words.T("reply.unknown_command"))
}

// mention answers "@Sameday 受理" in a thread or a channel. There is no trigger in it, so a form is offered behind a button.
func (b *Bot) mention(ctx context.Context, r request) answer {
	if r.Key != "" && !b.seen.first(r.Key, r.now) {
		return answer{}
	}
	text := strings.TrimSpace(strings.ReplaceAll(r.Text, "<@"+b.self.User+">", " "))
	if typed := grammar.Parse(text, b.noticeVerbs); typed.Verb != "" && grammar.Parse(text, b.verbs).Verb == "" {
		r.Text = text
		return b.notice(ctx, r)
	}
	id := r.about
	if r.Thread != "" && id == "" {
		found, err := b.desk.ByPost(ctx, r.Channel, r.Thread)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return b.failed(r, err)
		}
		id = found
	}
	return b.complaint(ctx, r, text, id)
}

// complaint carries out what was typed after /complaint, or after a mention. about is the complaint of the thread, or of the group's channel,
// it was said in.
func (b *Bot) complaint(ctx context.Context, r request, text string, about workflow.ID) answer {
	typed := grammar.Parse(text, b.verbs)
	if typed.Verb == "" {
		return b.unknown(ctx, r, typed, about)
	}
	typed = mergeHere(typed, about)
	id := about
	if typed.HasNumber {
		full, ok := typed.Number.Resolve(r.now.In(r.rules.Tree.Root().Zone))
		if !ok {
			return say(r.words.T("reply.bad_number", "word", echo(typed.Number.String())))
		}
		id = workflow.ID(full)
	}
	if look, ok := b.looks[typed.Verb]; ok {
		b.asks.add(typed.Verb)
		return look(ctx, r, typed, id)
	}
	verb := workflow.Verb(typed.Verb)
	if verb == workflow.VerbNew {
		return b.offerNew(ctx, r, typed.Rest)
	}
	if id == "" {
		return b.pick(ctx, r, verb)
	}
	commands, form := typedCommand(verb, typed, r)
	if form {
		return b.offerForm(ctx, r, verb, id, typed.Rest)
	}
	return b.do(ctx, r, id, commands)
}

// unknown answers a word that is no verb: with the nearest ones and an example, never with silence.
func (b *Bot) unknown(ctx context.Context, r request, typed grammar.Command, about workflow.ID) answer {
	if typed.HasNumber && typed.Rest == "" { // "/complaint 7" shows it
		if full, ok := typed.Number.Resolve(r.now.In(r.rules.Tree.Root().Zone)); ok {
			return b.show(ctx, r, typed, workflow.ID(full))
		}
	}
	if typed.Unknown == "" {
		if about != "" {
			return b.show(ctx, r, typed, about)
		}
		return b.help(ctx, r, typed, "")
	}
	return unknownVerb(r, typed)
}

// do carries out commands on one complaint, in order, and says what the person should know; what everybody should know goes into
// the thread.
func (b *Bot) do(ctx context.Context, r request, id workflow.ID, commands []workflow.Command) answer {
	var out store.Outcome
	for i, c := range commands {
		key := r.Key
		if key != "" && i > 0 {
			key += "/" + string(rune('0'+i))
		}
		var err error
		out, err = b.desk.Do(ctx, store.Request{Complaint: id, Command: c, By: r.actor(), At: r.now, Key: key})
		if err != nil {
			return b.refused(ctx, r, id, err)
		}
	}
	b.sender.Wake()
	if len(commands) == 1 && commands[0].Verb() == workflow.VerbCustomer && !out.Duplicate {
		return b.reveal(ctx, r, out.Complaint)
	}
	if r.Kind == inSubmit && !r.apart() || r.Kind == inClick && !r.apart() && !answersApart(commands[0].Verb()) { // the card changes under their eyes
		return answer{}
	}
	return say(b.doneText(r, commands[0].Verb(), out))
}

// apart reports whether a button was pressed where nothing changes to show it: on a ring in a direct message.
func (r request) apart() bool { return r.Kind == inClick && r.Channel != "" && r.unit.ID == "" }

// unknownVerb offers the nearest verbs and an example that works as it stands.
func unknownVerb(r request, typed grammar.Command) answer {
	word := words.Escape(echo(typed.Unknown))
	example := r.words.Example(string(workflow.VerbAccept), "7")
	if len(typed.Nearest) == 0 {
		return say(r.words.T("reply.unknown_verb_plain", "word", word, "example", example))
	}
	nearest := make([]string, len(typed.Nearest))
	for i, alias := range typed.Nearest {
		nearest[i] = "`/complaint " + alias + "`"
	}
	return say(r.words.T("reply.unknown_verb", "word", word, "nearest", r.words.Join(nearest), "example", example))
}

// doneText says what is true now and what to type next, to the one who typed.
func (b *Bot) doneText(r request, asked workflow.Verb, out store.Outcome) string {
	c := out.Complaint
	number := string(c.ID)
	for _, f := range out.Facts {
		switch e := f.Event.(type) {
		case workflow.Merged:
			return r.words.T("reply.merged", "number", number, "main", string(e.Into))
		case workflow.ContactTried:
			return r.words.T("reply.tried", "number", number)
		case workflow.Closed:
			return r.words.T("reply.done_closed", "do", r.words.Do(string(workflow.VerbFeedback)), "number", number)
		case workflow.RoundStarted:
			return r.words.T("reply.done_round", "number", number, "round", c.Round, "command", r.words.Example(string(workflow.VerbContact), b.short(r, c.ID)))
		}
	}
	verb := string(asked)
	next := workflow.StepVerb(c.Next())
	clock, ok := c.Clock(workflow.Clock(c.Next()))
	if row, _ := workflow.RowOf(asked); row.Step == "" || next == "" || !ok {
		return r.words.T("reply.done", "do", r.words.Do(verb), "number", number)
	}
	today := calendar.DayOf(r.now, r.zone)
	key := "reply.done_next"
	if !r.now.Before(clock.Due) {
		key = "reply.done_overdue"
	}
	return r.words.T(key, "do", r.words.Do(verb), "number", number, "next", r.words.Verb(string(next)),
		"due", r.words.End(clock.Due, r.zone, today), "command", r.words.Example(string(next), b.short(r, c.ID)))
}

// short is the shortest form in which a complaint can be typed today.
func (b *Bot) short(r request, id workflow.ID) string {
	return words.Short(id, calendar.DayOf(r.now, r.rules.Tree.Root().Zone))
}

// reveal shows the customer's personal data to the one person who asked; that it was shown is on record already.
func (b *Bot) reveal(ctx context.Context, r request, c workflow.Complaint) answer {
	people, err := b.represented(ctx, c)
	if err != nil {
		return b.failed(r, err)
	}
	var customer store.Customer
	if c.Customer.Record != "" {
		if customer, err = b.desk.Customer(ctx, c.Customer.Record); err != nil && !errors.Is(err, store.ErrErased) {
			return b.failed(r, err)
		}
	}
	if customer.Empty() && len(people) == 0 {
		return say(r.words.T("reply.customer_erased", "number", string(c.ID)))
	}
	f := b.face(ctx, r)
	return answer{Message: card.WithRepresentatives(f, card.Customer(f, customer.Name, customer.Phone, customer.ID), people), Secret: true}
}

// refused turns an error into words for the person: a refusal names the reason and what to do, an unknown number offers near ones, a
// failure gives a reference that is in the log too.
func (b *Bot) refused(ctx context.Context, r request, id workflow.ID, err error) answer {
	var no *workflow.Refusal
	switch {
	case errors.As(err, &no):
		return say(b.refusal(r, no, b.naming(ctx, r, id)))
	case errors.Is(err, store.ErrNotFound):
		return b.noSuch(ctx, r, id)
	default:
		return b.failed(r, err)
	}
}

// echo is what somebody typed, said back to them: short, and without what looks like personal data.
func echo(typed string) string {
	masked, _ := privacy.Mask(typed)
	return workflow.Gist(masked, 30)
}

// refusal puts a refusal into words. The value that it names is what was typed.
func (b *Bot) refusal(r request, no *workflow.Refusal, naming words.Naming) string {
	safe := *no
	safe.Value, _ = privacy.Mask(no.Value)
	return r.words.Refusal(&safe, naming)
}

// noSuch answers a number that no complaint has with the nearest open ones of this channel.
func (b *Bot) noSuch(ctx context.Context, r request, id workflow.ID) answer {
	open, err := b.openHere(ctx, r)
	if err != nil {
		return b.failed(r, err)
	}
	numbers := make([]string, len(open))
	for i, s := range open {
		numbers[i] = string(s.ID)
	}
	near := grammar.Nearest(string(id), numbers, 3)
	asked := words.Escape(echo(string(id))) // a button's value, say, may be anything
	if len(near) == 0 {
		return say(r.words.T("reply.not_found", "number", asked))
	}
	return say(r.words.T("reply.not_found_similar", "number", asked, "similar", r.words.Join(near)))
}

// failed answers when the fault is ours.
func (b *Bot) failed(r request, err error) answer {
	b.counters.failed.Add(1)
	b.log.Error().Str("envelope", r.ref).Str("kind", string(r.Kind)).Str("person", string(r.Person)).Err(err).Msg("a command failed")
	var not *store.NotStoredError
	if errors.As(err, &not) {
		return say(r.words.T("reply.not_stored", "reference", r.ref))
	}
	return say(r.words.T("reply.error", "reference", r.ref))
}

// openHere lists the open complaints this channel is about: those of its unit and the units below; elsewhere those of the person's
// own units.
func (b *Bot) openHere(ctx context.Context, r request) ([]workflow.Summary, error) {
	return b.desk.Open(ctx, r.units()...)
}

// units are those a request is about.
func (r request) units() []org.UnitID {
	if r.unit.ID != "" {
		return r.rules.Tree.Below(r.unit.ID)
	}
	var out []org.UnitID
	for _, p := range r.rules.Tree.Posts(r.Person) {
		for _, u := range r.rules.Tree.Below(p.Unit) {
			if !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
	}
	return out
}

// naming is how refusals speak of people, times and numbers.
func (b *Bot) naming(ctx context.Context, r request, id workflow.ID) words.Naming {
	return words.Naming{ID: id, Person: b.people.namer(ctx), Zone: r.zone, Today: r.now.In(r.rules.Tree.Root().Zone)}
}

// face is how cards speak.
func (b *Bot) face(ctx context.Context, r request) card.Face {
	return b.faceIn(ctx, r.rules, r.words, r.zone, r.now)
}

func (b *Bot) faceIn(
	ctx context.Context, rules *workflow.Rules, w *words.Words, zone *time.Location, now time.Time,
) card.Face {
	return card.Face{
		Words: w, Zone: zone, Now: now, Person: b.people.namer(ctx), Codes: rules.Codes,
		Unit: func(id org.UnitID) string {
			if u, ok := rules.Tree.Unit(id); ok {
				return u.Name
			}
			return string(id)
		},
		Link: func(id workflow.ID) string {
			c, err := b.desk.Complaint(ctx, id)
			if err != nil {
				return ""
			}
			return c.Posts[workflow.PostedRoot].Link
		},
	}
}

func stack() []byte { return debug.Stack() }
