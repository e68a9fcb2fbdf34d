package page

import (
	"html/template"
	"strings"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page/kit"
)

// What the templates ask of a visit: the parts of the address are its own, the rest are links.

// Lang is the language of the page's words, as HTML spells it.
func (v *visit) Lang() string { return v.say.code() }

// Team is the workspace's name.
func (v *visit) Team() string { return v.s.ws.TeamName() }

// Channel is the conversation shown, by id.
func (v *visit) Channel() string { return v.channel }

// Thread is the ts of the parent of the thread that is open; empty when none is.
func (v *visit) Thread() string { return v.thread }

// Tab is "home", "pins", or empty for the messages.
func (v *visit) Tab() string { return v.tab }

// Panel is "trouble" when that panel is open.
func (v *visit) Panel() string { return v.panel }

// T is a word of the page in the window's language.
func (v *visit) T(key string, args ...any) string { return v.say.T(key, args...) }

// Link is an address in this person's window; pairs are names and values.
func (v *visit) Link(pairs ...string) string { return v.link(pairs...) }

// Here is Link with what the person looks at.
func (v *visit) Here(pairs ...string) string { return v.here(pairs...) }

// Other is the same in the other language.
func (v *visit) Other() string { return v.here("lang", v.OtherLang()) }

// OtherLang is the language the page is not in.
func (v *visit) OtherLang() string {
	if v.say == chinese {
		return english.code()
	}
	return chinese.code()
}

// Thread tells a composer of a conversation from that of a thread.
func (scene) Thread() bool { return false }

// Prompt stands in the empty composer.
func (c scene) Prompt() string { return c.T("compose", c.Heading) }

// HomeTab tells whether the tab is shown: in the direct message with an app that has one.
func (c scene) HomeTab() bool { return c.Room.Kind == "im" && c.V.s.ws.HasHome() }

// Topic is the topic with its mentions and links.
func (c scene) Topic() template.HTML { return kit.Mrkdwn(c.V.drawing("", ""), c.Room.Topic) }

// TroubleLink opens the trouble panel, or closes it when it is open.
func (c scene) TroubleLink() string {
	if c.HasTrouble {
		return c.CalmLink()
	}
	return c.V.here("panel", "trouble")
}

// CalmLink closes the trouble panel.
func (c scene) CalmLink() string { return c.V.here("panel", "") }

// MemberNames are the first members.
func (c scene) MemberNames() string {
	const most = 40
	var names []string
	for _, id := range c.Room.Members[:min(len(c.Room.Members), most)] {
		names = append(names, c.V.personName(id))
	}
	return strings.Join(names, ", ")
}

// threadScene is the scene for the composer of a thread.
type threadScene struct{ scene }

// InThread is the scene for the composer of the thread.
func (c scene) InThread() threadScene { return threadScene{c} }

// Thread tells a composer of a conversation from that of a thread.
func (threadScene) Thread() bool { return true }

// Prompt stands in the empty composer.
func (c threadScene) Prompt() string { return c.T("compose.thread") }

// UnreadWords says aloud what bold print and a badge show.
func (r roomLine) UnreadWords() string { return r.unreadWords }

// OthersOpen keeps the list of other channels open while one of them is shown.
func (c sideView) OthersOpen() bool {
	for _, r := range c.Others {
		if r.Current {
			return true
		}
	}
	return false
}

// itemScene is one message with the visit it is drawn for.
type itemScene struct {
	V *visit
	I itemView
}

// With pairs a message with the visit, for its template.
func (c listView) With(i itemView) itemScene { return itemScene{c.V, i} }

type countsView struct {
	Rows                 []countRow
	First, Second, Third string
}

// Of is a table of counts with its headings.
func (c troubleView) Of(rows []countRow, first, second string) countsView {
	return countsView{rows, c.T(first), c.T(second), c.T("count")}
}

// named is a person with the position, as the switcher and the pickers show it.
func named(p sandbox.Person) string {
	if p.Title == "" {
		return p.RealName
	}
	return p.RealName + " · " + p.Title
}

// Named is a person with the position, for the switcher.
func (scene) Named(p sandbox.Person) string { return named(p) }
