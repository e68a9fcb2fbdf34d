// Package blockkit checks and reads Slack's Block Kit JSON the way a Slack workspace does, without knowing anything
// about the application that wrote it. It is pure: JSON in, values out, no clock, no network, no shared state, so every
// function may be called from any goroutine.
//
// # Checking
//
// [CheckBlocks] and [CheckView] are strict: a required field that is missing, a field that does not belong, a value of
// the wrong type, a text that is too long, an element that may not stand where it stands. What they report has the shape
// Slack gives it, a message and a JSON pointer ([Problem]). The rules are tables, one row per field: blockRules for
// blocks, elementRules for elements and the shapes in compose.go for composition objects. The wording of a message is
// Slack's own where public reports of real answers show it; problem.go says which ones are ours.
//
// Two things differ from the real workspace on purpose. Slack often puts "failed to match all allowed schemas" in front
// of the message that says what is wrong; here only the cause is reported. And the block kinds that Slack added recently
// (card, carousel, container, layout, plan, task_card, data_table, data_visualization, auth_provider, call, file) have
// their documented limits checked, but fields this package does not know are let through.
//
// Lengths are counted in characters, that is Unicode code points. JavaScript would count UTF-16 code units, which differ
// for characters outside the basic plane only (most emoji).
//
// # Reading
//
// [Elements], [StateOf], [PlainText] and [TextLength] look at blocks as a person or a client would: what can be pressed
// or filled in, what the state is before anybody touched it, what is written there. They accept anything, also blocks
// that would not pass the check, and never fail. [AssignIDs] gives blocks and elements the ids Slack would invent.
package blockkit
