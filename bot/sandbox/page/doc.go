// Package page shows a sandbox workspace in a browser: channels, threads, direct messages, modals and the Home tab, as any
// person of the workspace, with a clock that can be moved forward and troubles that can be switched on.
//
// # How it works
//
// The server draws everything with html/template. A browser loads the whole page once and then asks for single parts
// ("sidebar", "messages", "thread", "modal", …) when the stream of changes (server-sent events) says that they are not as
// they were. Who looks and what they look at is in the address ("/?as=U…&channel=C…&thread=…"), so two windows are two
// people, and every address can be kept or sent. What a person does goes to /ui/do as JSON; a table names the acts.
//
// # Who may look
//
// The page belongs to one computer: it answers loopback addresses under loopback names only (see Options.Hosts), every act
// and the stream must come from the page itself (Origin, Referer or Sec-Fetch-Site), and the content security policy lets
// a browser load nothing from elsewhere. It does not ask who is there: whoever can reach it can act as everybody.
//
// # What is kept here
//
// The workspace holds the truth. The page keeps what Slack's own clients and servers keep for a person: how far somebody
// has read, what stands under the inputs of an open modal after it was refused, and whether the keyboard writes smart
// quotes. It also keeps the last envelopes and the switches of the trouble panel.
//
// No Block Kit library is used: those that draw it well are React components that need a build step and a second copy of
// the rules that package blockkit has already. Package kit draws the same JSON in plain Go.
package page
