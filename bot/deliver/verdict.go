package deliver

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/slack-go/slack"
)

// class is what an error asks for.
type class int

const (
	fine    class = iota
	refused       // Slack did nothing and gave a reason that we have no rule for: again, more and more slowly, and not for ever
	unknown       // Slack may or may not have done it
	down          // Slack was not reached
	limited       // too many calls
	later         // we hold ourselves back
	auth          // Slack does not know the bot (any more): nothing can succeed
	denied        // the bot may not do this
	away          // the bot is not in the channel, does not see it, or it is archived: an invitation mends it, so nothing is given up
	dead          // it can never succeed
)

// The words of our own in an intent's LastError; all others are Slack's.
const (
	wordUnknown  = "unknown_outcome"
	wordOwnLimit = "own_limit"
	wordDown     = "unreachable"
	wordLimited  = "ratelimited"
	wordStopping = "stopping"
	wordRender   = "render_failed"
	wordCall     = "call_failed"
	wordReceipt  = "receipt_failed"
	wordNowhere  = "no_channel"
)

// noRetryAfter is how long a method rests when Slack says "too many" and not until when.
const noRetryAfter = 30 * time.Second

// classes says what Slack's errors ask for. What is not listed is refused.
var classes = func() map[string]class {
	m := map[string]class{}
	for c, codes := range map[class][]string{
		unknown: {"fatal_error", "internal_error", "request_timeout", "service_unavailable"},
		limited: {"rate_limited", "ratelimited", "message_limit_exceeded"},
		auth:    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"},
		denied: {
			"missing_scope", "not_allowed_token_type", "no_permission", "access_denied", "accesslimited", "team_access_not_granted",
			"ekm_access_denied", "enterprise_is_restricted", "messages_tab_disabled",
		},
		away: {"not_in_channel", "channel_not_found", "is_archived"},
		dead: {
			"is_inactive", "cannot_reply_to_message", "thread_not_found", "user_disabled", "user_not_found", "user_not_visible",
			"message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch", "no_dual_broadcast_content_update",
			"no_text", "msg_too_long", "msg_too_large", "msg_blocks_too_long", "markdown_text_conflict", "invalid_blocks", "invalid_blocks_format",
			"too_many_attachments", "attachment_payload_limit_exceeded", "metadata_too_large", "invalid_metadata_format", "invalid_metadata_schema",
			"metadata_must_be_sent_from_app", "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
			"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "invalid_arguments",
		},
	} {
		for _, code := range codes {
			m[code] = c
		}
	}
	return m
}()

// verdict is an error, understood.
type verdict struct {
	class   class
	word    string        // short machine word
	after   time.Duration // limited: how long the method rests
	at      time.Time     // later: when it may go
	details []string      // Slack's explanation, which names places in our blocks and no content
	scopes  string        // denied: the permissions that Slack says are missing
}

// holdBack is the error of a call that was not made, because of our own limits or because we stop.
type holdBack struct {
	at   time.Time
	word string
}

func (e *holdBack) Error() string { return e.word }

// judge understands the error of a call. What it does not know may have happened.
func judge(err error) verdict {
	var (
		slackErr slack.SlackErrorResponse
		tooMany  *slack.RateLimitedError
		status   slack.StatusCodeError
		held     *holdBack
		op       *net.OpError
		dns      *net.DNSError
	)
	switch {
	case err == nil:
		return verdict{}
	case errors.As(err, &held):
		return verdict{class: later, word: held.word, at: held.at}
	case errors.As(err, &tooMany):
		return verdict{class: limited, word: wordLimited, after: max(tooMany.RetryAfter, time.Second)}
	case errors.As(err, &status) && status.Code == http.StatusTooManyRequests:
		return verdict{class: limited, word: wordLimited, after: noRetryAfter}
	case errors.As(err, &slackErr):
		c := cmp.Or(classes[slackErr.Err], refused)
		return verdict{class: c, word: slackErr.Err, after: noRetryAfter, details: slackErr.ResponseMetadata.Messages, scopes: slackErr.Needed}
	case errors.As(err, &op) && op.Op == "dial", errors.As(err, &dns):
		return verdict{class: down, word: wordDown}
	}
	return verdict{class: unknown, word: wordUnknown}
}
