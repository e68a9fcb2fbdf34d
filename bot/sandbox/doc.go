// Package sandbox is a workspace that speaks Slack's language on loopback or in memory, for people who build or try a
// Slack app without a Slack account. It knows nothing of any particular app: it reads the app's manifest, gives it a bot
// token and an app-level token, answers the Web API, delivers events, slash commands, clicks and submissions over Socket
// Mode, and lets a test or a page act as any person of the workspace.
//
// It is strict on purpose. Scopes are enforced from the manifest, membership rules and error codes are Slack's, blocks are
// validated with JSON pointers, calls are rate limited, acknowledgements have three seconds, triggers work once, events
// are retried and may be doubled, and any open socket may get the next payload. An app that works here has met the
// awkward parts of Slack before its users did.
//
// # What is Slack's and what is ours
//
// Slack publishes: tiers of 20, 50 and 100 calls a minute, one message a second per channel with short bursts, three
// seconds for an acknowledgement and for a trigger, five uses in thirty minutes for a response URL, three modals deep,
// 250 kB for a view, ten sockets, retries at once and after one and five minutes, 30,000 events an hour, 40,000
// characters of text. Slack keeps these to itself, and the values here are our choice (see Limits): how large a burst a
// tier allows (twice its rate), the burst per channel (20), the posting ceiling of the workspace (300 a minute), the limit
// of methods whose tier is called special (300 a minute), the text of all blocks of a message (12,000 characters), the
// size of metadata (8,192 bytes), how often a socket is pinged (10 s), what a used or late response URL answers
// (404 with used_url or expired_url), and that a late acknowledgement shows operation_timeout while a missing socket shows
// dispatch_failed. Also ours: an acknowledgement counts only on the socket that carried the payload
// (Limits.AckAnySocket), a slash reply that cannot be shown fails as invalid_command_response, and a reply to a reply or
// to a message that is not there is refused with cannot_reply_to_message.
//
// # Time
//
// Timestamps, token buckets, trigger and response URL lives follow Options.Now. Waiting (acknowledgement budgets,
// retries, pings, connection life) uses timers, so in a testing/synctest bubble everything runs in fake time; use
// HTTPClient and Dialer there, because real sockets keep fake time from moving. A page that moves Options.Now forward by
// hand calls PostDue afterwards.
//
// # Concurrency
//
// All methods may be called from any number of goroutines. One mutex guards the whole state; nothing waits while holding
// it, and Close ends every goroutine the workspace started.
package sandbox
