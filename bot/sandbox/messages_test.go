package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
)

func section(n int) string {
	return fmt.Sprintf(`[{"type":"section","text":{"type":"mrkdwn","text":%q}}]`, strings.Repeat("a", n))
}

func TestWhatAMessageMayHold(t *testing.T) {
	t.Parallel()
	w := bank(t, limits(sandbox.Limits{NoRateLimits: true}))
	many := strings.Repeat(`{"text":"a"},`, 101)
	long := strings.TrimSuffix(strings.Repeat(strings.Trim(section(2900), "[]")+",", 5), ",")
	tests := []struct{ want, key, value, key2, value2 string }{
		{"no_text", "text", "", "", ""},
		{"no_text", "text", "  \n", "blocks", "[]"},
		{"invalid_blocks_format", "blocks", `{"type":"section"}`, "text", "x"},
		{"invalid_blocks", "blocks", section(3001), "text", "x"},
		{"msg_blocks_too_long", "blocks", "[" + long + "]", "", ""},
		{"markdown_text_conflict", "markdown_text", "# a", "text", "x"},
		{"msg_blocks_too_long", "markdown_text", strings.Repeat("a", 12001), "", ""},
		{"too_many_attachments", "attachments", "[" + strings.TrimSuffix(many, ",") + "]", "text", "x"},
		{"invalid_metadata_format", "metadata", "broken", "text", "x"},
		{"invalid_metadata_schema", "metadata", `{"event_type":"a"}`, "text", "x"},
		{"metadata_too_large", "metadata", `{"event_type":"a","event_payload":{"k":"` + strings.Repeat("v", 8192) + `"}}`, "text", "x"},
		{"cannot_reply_to_message", "thread_ts", "1.000001", "text", "x"},
		{"missing_scope", "username", "somebody", "text", "x"},
	}
	for _, tt := range tests {
		refused(t, w, tt.want, "chat.postMessage", "channel", desk, tt.key, tt.value, tt.key2, tt.value2)
	}
	out := refused(t, w, "invalid_blocks", "chat.postMessage", "channel", desk, "text", "x", "blocks", section(3001))
	const where = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
	messages, _ := dig(out, "response_metadata", "messages").([]any)
	short, _ := out["errors"].([]any)
	if !contains(messages, "[ERROR] "+where) || !contains(short, where) {
		t.Errorf("block errors: got %v", out)
	}
	table := `{"type":"table","rows":[[{"type":"raw_text","text":"a"}]]}`
	out = refused(t, w, "invalid_attachments", "chat.postMessage", "channel", desk, "text", "x", "blocks", "["+table+","+table+"]")
	if !strings.Contains(fmt.Sprint(out["errors"]), "only_one_table_allowed") {
		t.Errorf("two tables: got %v", out)
	}
	post(t, w, desk, "x", "metadata", `{"event_type":"","event_payload":null}`)
	ok(t, w, "chat.postMessage", "channel", desk, "markdown_text", "# a")

	cut := ok(t, w, "chat.postMessage", "channel", desk, "text", strings.Repeat("长", 40_001))
	text, _ := dig(cut, "message", "text").(string)
	if cut["warning"] != "message_truncated" || len([]rune(text)) != 40_000 {
		t.Errorf("40,001 characters: got warning %v and %d characters", cut["warning"], len([]rune(text)))
	}
	refused(t, w, "msg_too_long", "chat.update", "channel", desk, "ts", fmt.Sprint(cut["ts"]), "text", strings.Repeat("长", 4001))
	refused(t, w, "msg_too_long", "chat.postEphemeral", "channel", desk, "user", ann, "text", strings.Repeat("长", 4001))
	ok(t, w, "blocks.validate", "blocks", section(10))
	refused(t, w, "invalid_blocks", "blocks.validate", "blocks", section(3001))
}

func contains(list []any, want string) bool {
	for _, v := range list {
		if v == want {
			return true
		}
	}
	return false
}

func TestUpdateAndDelete(t *testing.T) {
	t.Parallel()
	w := bank(t)
	ts := post(t, w, desk, "one", "blocks", section(5), "metadata", `{"event_type":"e","event_payload":{"k":"v"}}`)
	last := func() sandbox.Message { m, _ := w.As(ann).Channel(desk); return m[len(m)-1] }
	update := func(args ...string) { ok(t, w, "chat.update", append([]string{"channel", desk, "ts", ts}, args...)...) }

	update("blocks", section(6))
	if m := last(); m.Text != "one" || m.Edited != "" || m.Plain() != "aaaaaa" {
		t.Errorf("blocks alone: got %+v, want the old text and no mark", m)
	}
	update("metadata", "{}")
	if m := last(); m.Metadata != nil || m.Blocks == nil {
		t.Errorf("empty metadata: got %+v, want none, and the blocks kept", m)
	}
	update("text", "two")
	if m := last(); m.Text != "two" || m.Blocks != nil || m.Edited == "" {
		t.Errorf("text alone: got %+v, want no blocks and a mark", m)
	}
	reply, err := w.As(ann).TypeInThread(desk, ts, "a reply")
	if err != nil {
		t.Fatalf("TypeInThread: %v", err)
	}
	refused(t, w, "cant_update_message", "chat.update", "channel", desk, "ts", reply.Posted.TS, "text", "x")
	refused(t, w, "cant_delete_message", "chat.delete", "channel", desk, "ts", reply.Posted.TS)
	refused(t, w, "message_not_found", "chat.update", "channel", desk, "ts", "1.000001", "text", "x")
	refused(t, w, "cannot_reply_to_message", "chat.postMessage", "channel", desk, "thread_ts", reply.Posted.TS, "text", "x")
	ok(t, w, "chat.delete", "channel", desk, "ts", ts)
	if m := last(); !m.Deleted || m.Subtype != "tombstone" || m.ReplyCount != 1 {
		t.Errorf("deleted parent: got %+v, want a tombstone over its reply", m)
	}
	post(t, w, desk, "the thread goes on", "thread_ts", ts)
	lone := post(t, w, desk, "lone")
	ok(t, w, "chat.delete", "channel", desk, "ts", lone)
	refused(t, w, "message_not_found", "chat.delete", "channel", desk, "ts", lone)
	refused(t, w, "cannot_reply_to_message", "chat.postMessage", "channel", desk, "thread_ts", lone, "text", "x")
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 9, 0, 0, 42_000, time.UTC)
	w := bank(t, func(o *sandbox.Options) { o.Now = func() time.Time { return at } })
	first, second, other := post(t, w, desk, "a"), post(t, w, desk, "b"), post(t, w, secret, "c")
	if first != "1795424400.000042" || second != "1795424400.000043" || other != first {
		t.Errorf("ts: got %s and %s in one channel, %s in another; want them apart in the first and from the clock", first, second, other)
	}
}

func TestHistoryAndReplies(t *testing.T) {
	t.Parallel()
	w := bank(t, limits(sandbox.Limits{NoRateLimits: true}))
	var all []string
	for i := range 7 {
		all = append(all, post(t, w, desk, fmt.Sprint(i), "metadata", `{"event_type":"e","event_payload":{"n":1}}`))
	}
	for i := range 5 {
		post(t, w, desk, fmt.Sprint("r", i), "thread_ts", all[0])
	}
	post(t, w, desk, "shown twice", "thread_ts", all[0], "reply_broadcast", "true")
	ok(t, w, "chat.postEphemeral", "channel", desk, "user", ann, "text", "between us")

	texts := func(out map[string]any) string {
		var s []string
		list, _ := out["messages"].([]any)
		for _, m := range list {
			s = append(s, fmt.Sprint(dig(m, "text")))
		}
		return strings.Join(s, ",")
	}
	pages := func(method string, args ...string) string {
		var got []string
		cursor := ""
		for {
			out := ok(t, w, method, append(args, "cursor", cursor)...)
			got = append(got, texts(out))
			cursor, _ = dig(out, "response_metadata", "next_cursor").(string)
			if cursor == "" {
				return strings.Join(got, "|")
			}
			if out["has_more"] != true {
				t.Errorf("%s: has_more is %v with a cursor", method, out["has_more"])
			}
		}
	}
	if got := pages("conversations.history", "channel", desk, "limit", "3"); got != "shown twice,6,5|4,3,2|1,0" {
		t.Errorf("history: got %s", got)
	}
	if got := pages("conversations.replies", "channel", desk, "ts", all[0], "limit", "4"); got != "0,r0,r1,r2|r3,r4,shown twice" {
		t.Errorf("replies: got %s", got)
	}
	if got := texts(ok(t, w, "conversations.history", "channel", desk, "oldest", all[2], "latest", all[5])); got != "4,3" {
		t.Errorf("between two ts: got %s", got)
	}
	if got := texts(ok(t, w, "conversations.history", "channel", desk, "oldest", all[2], "latest", all[5], "inclusive", "true")); got != "5,4,3,2" {
		t.Errorf("between two ts, inclusive: got %s", got)
	}
	if got := texts(ok(t, w, "conversations.replies", "channel", desk, "ts", all[0], "oldest", all[6], "limit", "2")); got != "0,r0" {
		t.Errorf("replies after a ts: got %s, want the parent first", got)
	}
	out := ok(t, w, "conversations.history", "channel", desk, "limit", "1", "latest", all[6])
	if dig(out, "messages", 0, "metadata", "event_type") != "e" || dig(out, "messages", 0, "metadata", "event_payload") != nil {
		t.Errorf("metadata by default: got %v, want the type alone", dig(out, "messages", 0, "metadata"))
	}
	out = ok(t, w, "conversations.history", "channel", desk, "limit", "1", "latest", all[6], "include_all_metadata", "true")
	if dig(out, "messages", 0, "metadata", "event_payload", "n") != 1.0 {
		t.Errorf("all metadata: got %v", dig(out, "messages", 0, "metadata"))
	}
	refused(t, w, "invalid_ts_oldest", "conversations.history", "channel", desk, "oldest", "yesterday")
	refused(t, w, "invalid_cursor", "conversations.history", "channel", desk, "cursor", "!")
	refused(t, w, "thread_not_found", "conversations.replies", "channel", desk, "ts", "1.000001")
	parent := dig(ok(t, w, "conversations.replies", "channel", desk, "ts", all[0]), "messages", 0)
	if dig(parent, "reply_count") != 6.0 || dig(parent, "reply_users", 0) != w.BotUserID() {
		t.Errorf("parent: got %v", parent)
	}
	link, _ := ok(t, w, "chat.getPermalink", "channel", desk, "message_ts", all[3])["permalink"].(string)
	if !strings.HasSuffix(link, "/archives/"+desk+"/p"+strings.ReplaceAll(all[3], ".", "")) {
		t.Errorf("permalink: got %s", link)
	}
	refused(t, w, "message_not_found", "chat.getPermalink", "channel", desk, "message_ts", "1.000001")
}

func TestEphemeral(t *testing.T) {
	t.Parallel()
	w := bank(t)
	out := ok(t, w, "chat.postEphemeral", "channel", desk, "user", ann, "text", "between us")
	ts, _ := out["message_ts"].(string)
	refused(t, w, "message_not_found", "chat.update", "channel", desk, "ts", ts, "text", "x")
	refused(t, w, "user_not_in_channel", "chat.postEphemeral", "channel", secret, "user", zoe, "text", "x")
	if list, _ := ok(t, w, "conversations.history", "channel", desk)["messages"].([]any); len(list) != 0 {
		t.Errorf("history: got %v, want nothing", list)
	}
	if seen, _ := w.As(ann).Channel(desk); len(seen) != 1 || !seen[0].Ephemeral {
		t.Errorf("ann sees %+v, want the message", seen)
	}
	if seen, _ := w.As(bob).Channel(desk); len(seen) != 0 {
		t.Errorf("bob sees %+v, want nothing", seen)
	}
}

func TestScheduledMessages(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t)
		at := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).Unix()) }
		refused(t, w, "time_in_past", "chat.scheduleMessage", "channel", desk, "text", "x", "post_at", at(0))
		refused(t, w, "time_too_far", "chat.scheduleMessage", "channel", desk, "text", "x", "post_at", at(121*24*time.Hour))
		refused(t, w, "invalid_time", "chat.scheduleMessage", "channel", desk, "text", "x", "post_at", "soon")
		ok(t, w, "chat.scheduleMessage", "channel", desk, "text", "later", "post_at", at(10*time.Minute))
		ok(t, w, "chat.scheduleMessage", "channel", desk, "text", "never", "post_at", at(10*time.Minute), "metadata", `{"event_type":"e","event_payload":{}}`)
		gone := ok(t, w, "chat.scheduleMessage", "channel", desk, "text", "taken back", "post_at", at(10*time.Minute))
		if list, _ := ok(t, w, "chat.scheduledMessages.list", "channel", desk)["scheduled_messages"].([]any); len(list) != 3 {
			t.Errorf("planned: got %d, want 3", len(list))
		}
		ok(t, w, "chat.deleteScheduledMessage", "channel", desk, "scheduled_message_id", fmt.Sprint(gone["scheduled_message_id"]))
		refused(t, w, "invalid_scheduled_message_id", "chat.deleteScheduledMessage", "channel", desk, "scheduled_message_id", "Q1")
		<-time.After(11 * time.Minute)
		if seen, _ := w.As(ann).Channel(desk); len(seen) != 1 || seen[0].Text != "later" {
			t.Errorf("after ten minutes: got %+v, want the one without metadata", seen)
		}
		for i := range 30 {
			if i%20 == 19 {
				<-time.After(time.Minute)
			}
			ok(t, w, "chat.scheduleMessage", "channel", desk, "text", "x", "post_at", at(time.Hour))
		}
		refused(t, w, "restricted_too_many", "chat.scheduleMessage", "channel", desk, "text", "x", "post_at", at(time.Hour))
	})
}

func TestPostDueFollowsAClockMovedByHand(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	w := bank(t, func(o *sandbox.Options) { o.Now = func() time.Time { return now } })
	ok(t, w, "chat.scheduleMessage", "channel", desk, "text", "later", "post_at", fmt.Sprint(now.Add(time.Hour).Unix()))
	w.PostDue()
	if seen, _ := w.As(ann).Channel(desk); len(seen) != 0 {
		t.Errorf("too early: got %+v", seen)
	}
	now = now.Add(time.Hour)
	w.PostDue()
	if seen, _ := w.As(ann).Channel(desk); len(seen) != 1 || seen[0].Text != "later" {
		t.Errorf("an hour later: got %+v", seen)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	w := bank(t, limits(sandbox.Limits{NoRateLimits: true}))
	ts := post(t, w, desk, "x")
	ok(t, w, "pins.add", "channel", desk, "timestamp", ts)
	refused(t, w, "already_pinned", "pins.add", "channel", desk, "timestamp", ts)
	refused(t, w, "message_not_found", "pins.add", "channel", desk, "timestamp", "1.000001")
	if seen, _ := w.As(ann).Channel(desk); !seen[0].Pinned {
		t.Errorf("pinned: got %+v", seen[0])
	}
	if got := dig(ok(t, w, "pins.list", "channel", desk), "items", 0, "message", "ts"); got != ts {
		t.Errorf("pins.list: got %v", got)
	}
	ok(t, w, "pins.remove", "channel", desk, "timestamp", ts)
	refused(t, w, "no_pin", "pins.remove", "channel", desk, "timestamp", ts)
	for range 100 {
		ok(t, w, "pins.add", "channel", desk, "timestamp", post(t, w, desk, "x"))
	}
	refused(t, w, "too_many_pins", "pins.add", "channel", desk, "timestamp", ts)

	ok(t, w, "reactions.add", "channel", desk, "timestamp", ts, "name", "white_check_mark")
	refused(t, w, "already_reacted", "reactions.add", "channel", desk, "timestamp", ts, "name", "white_check_mark")
	refused(t, w, "invalid_name", "reactions.add", "channel", desk, "timestamp", ts, "name", ":x:")

	refused(t, w, "invalid_link", "bookmarks.add", "channel_id", desk, "type", "link", "title", "t", "link", "ftp://a")
	refused(t, w, "invalid_bookmark_type", "bookmarks.add", "channel_id", desk, "type", "file", "title", "t", "link", "https://a.example")
	id := fmt.Sprint(dig(ok(t, w, "bookmarks.add", "channel_id", desk, "type", "link", "title", "t", "link", "https://a.example"), "bookmark", "id"))
	ok(t, w, "bookmarks.edit", "channel_id", desk, "bookmark_id", id, "title", "other")
	if got := ok(t, w, "bookmarks.list", "channel_id", desk); dig(got, "bookmarks", 0, "title") != "other" || dig(got, "bookmarks", 0, "link") != "https://a.example" {
		t.Errorf("bookmarks: got %v", got)
	}
	ok(t, w, "bookmarks.remove", "channel_id", desk, "bookmark_id", id)
	refused(t, w, "not_found", "bookmarks.remove", "channel_id", desk, "bookmark_id", id)

	group := fmt.Sprint(dig(ok(t, w, "usergroups.create", "name", "duty", "handle", "duty"), "usergroup", "id"))
	refused(t, w, "name_already_exists", "usergroups.create", "name", "duty")
	refused(t, w, "no_users_provided", "usergroups.users.update", "usergroup", group, "users", "")
	refused(t, w, "invalid_users", "usergroups.users.update", "usergroup", group, "users", "U0NONE")
	refused(t, w, "no_such_subteam", "usergroups.users.list", "usergroup", "S0NONE")
	ok(t, w, "usergroups.users.update", "usergroup", group, "users", ann+","+bob)
	if got := ok(t, w, "usergroups.users.list", "usergroup", group); dig(got, "users", 1) != bob {
		t.Errorf("users of the group: got %v", got)
	}
	if got := dig(ok(t, w, "usergroups.list"), "usergroups", 0, "user_count"); got != 2.0 {
		t.Errorf("size of the group: got %v", got)
	}
}

func TestUploads(t *testing.T) {
	t.Parallel()
	w := bank(t)
	refused(t, w, "missing_argument", "files.getUploadURLExternal", "filename", "a.csv", "length", "0")
	out := ok(t, w, "files.getUploadURLExternal", "filename", "a.csv", "length", "3")
	url, _ := out["upload_url"].(string)
	id, _ := out["file_id"].(string)
	if !strings.HasPrefix(url, strings.TrimSuffix(w.MemoryURL(), "/api/")+"/") {
		t.Errorf("upload address: got %s, want it on the host of the API", url)
	}
	files, _ := json.Marshal([]map[string]string{{"id": id, "title": "Table"}})
	refused(t, w, "file_not_found", "files.completeUploadExternal", "files", string(files), "channel_id", desk)
	for _, u := range []struct {
		body string
		want int
	}{{"1234", 400}, {"1,2", 200}} {
		resp, err := w.HTTPClient().Post(url, "application/octet-stream", strings.NewReader(u.body))
		if err != nil || resp.StatusCode != u.want {
			t.Errorf("upload %q: got %v, %v, want %d", u.body, resp, err, u.want)
		}
	}
	w.AddChannel(sandbox.Channel{ID: "C0LOBBY", Name: "lobby"})
	refused(t, w, "not_in_channel", "files.completeUploadExternal", "files", string(files), "channel_id", "C0LOBBY")
	done := ok(t, w, "files.completeUploadExternal", "files", string(files), "channel_id", desk, "initial_comment", "see")
	if dig(done, "files", 0, "title") != "Table" {
		t.Errorf("complete: got %v", done)
	}
	refused(t, w, "file_not_found", "files.completeUploadExternal", "files", string(files), "channel_id", desk)
	seen, _ := w.As(ann).Channel(desk)
	if len(seen) != 1 || seen[0].Text != "see" || seen[0].Subtype != "file_share" || seen[0].Files[0].Name != "a.csv" || string(w.Content(id)) != "1,2" {
		t.Errorf("shared: got %+v", seen)
	}
	for token, want := range map[string]int{w.BotToken(): 200, "": 403} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", strings.TrimSuffix(w.MemoryURL(), "api/")+"files/"+id, nil)
		if err != nil {
			t.Fatalf("make the request: %v", err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		if resp, err := w.HTTPClient().Do(r); err != nil || resp.StatusCode != want {
			t.Errorf("download with token %q: got %v, %v, want %d", token, resp, err, want)
		}
	}
}
