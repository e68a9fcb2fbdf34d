package sandbox

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"sameday/bot/sandbox/blockkit"
)

const maxAttachments = 100

// content is what a message holds, checked.
type content struct {
	text        string
	blocks      json.RawMessage // nil: none given; "[]": given as empty
	attachments json.RawMessage
	metadata    json.RawMessage // nil: none given or empty; "{}": given as empty object
	hasText     bool
	cut         bool // text was longer than a message holds
}

// contentOf reads and checks the parts of a message. short limits text as chat.update and chat.postEphemeral do.
func (w *Workspace) contentOf(a args, short bool) (*content, *apiError) {
	c := &content{text: a.text("text"), hasText: a.has("text"), blocks: a.raw("blocks"), attachments: a.raw("attachments")}
	if markdown := a.text("markdown_text"); markdown != "" {
		if strings.TrimSpace(c.text) != "" || !emptyArray(c.blocks) {
			return nil, fail("markdown_text_conflict")
		}
		if utf8.RuneCountInString(markdown) > w.limits.BlockText {
			return nil, fail("msg_blocks_too_long")
		}
		c.blocks, _ = json.Marshal([]object{{"type": "markdown", "text": markdown}})
		c.text, c.hasText = markdown, true
	}
	if err := w.checkBlocks(c); err != nil {
		return nil, err
	}
	if err := checkAttachments(c.attachments); err != nil {
		return nil, err
	}
	var err *apiError
	if c.metadata, err = w.checkMetadata(a.raw("metadata")); err != nil {
		return nil, err
	}
	return c, w.checkText(c, short)
}

func (w *Workspace) checkText(c *content, short bool) *apiError {
	n := utf8.RuneCountInString(c.text)
	if short && n > w.limits.ShortText {
		return fail("msg_too_long")
	}
	if n > w.limits.TextCut {
		c.text, c.cut = string([]rune(c.text)[:w.limits.TextCut]), true
	}
	return nil
}

func (c *content) empty() bool {
	return strings.TrimSpace(c.text) == "" && emptyArray(c.blocks) && emptyArray(c.attachments)
}

func emptyArray(raw json.RawMessage) bool {
	s := string(bytes.Join(bytes.Fields(raw), nil))
	return s == "" || s == "[]" || s == "null"
}

func (w *Workspace) checkBlocks(c *content) *apiError {
	if c.blocks == nil || string(c.blocks) == "null" {
		c.blocks = nil
		return nil
	}
	if !blockkit.IsArray(c.blocks) {
		return fail("invalid_blocks_format")
	}
	if !w.limits.NoBlockChecks {
		if problems := blockkit.CheckBlocks(c.blocks, blockkit.Message, ""); len(problems) > 0 {
			return blockError("invalid_blocks", problems)
		}
		if blockkit.TextLength(c.blocks) > w.limits.BlockText {
			return fail("msg_blocks_too_long")
		}
	}
	c.blocks = blockkit.AssignIDs(c.blocks)
	return nil
}

const onlyOneTable = "only_one_table_allowed"

// blockError reports problems as Slack does: short in errors, with a mark in response_metadata.messages.
func blockError(code string, problems []blockkit.Problem) *apiError {
	var short, long []string
	for _, p := range problems {
		if p.Message == onlyOneTable {
			code = "invalid_attachments"
		}
		long = append(long, p.String())
		short = append(short, strings.TrimPrefix(p.String(), "[ERROR] "))
	}
	return &apiError{code: code, extra: object{"errors": short, "response_metadata": object{"messages": long}}}
}

func checkAttachments(raw json.RawMessage) *apiError {
	if emptyArray(raw) {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return fail("invalid_attachments")
	}
	if len(list) > maxAttachments {
		return fail("too_many_attachments")
	}
	return nil
}

// checkMetadata returns nil when no metadata was given and "{}" when it was given as empty, which is how an update takes
// it away. An empty type with a null payload, which some clients always send, counts as not given.
func (w *Workspace) checkMetadata(raw json.RawMessage) (json.RawMessage, *apiError) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil, fail("invalid_metadata_format")
	}
	if len(fields) == 0 {
		return json.RawMessage("{}"), nil
	}
	var m struct {
		Type    string                     `json:"event_type"`
		Payload map[string]json.RawMessage `json:"event_payload"`
	}
	switch {
	case json.Unmarshal(raw, &m) != nil:
		return nil, fail("invalid_metadata_schema")
	case m.Type == "" && m.Payload == nil:
		return nil, nil
	case m.Type == "" || m.Payload == nil:
		return nil, fail("invalid_metadata_schema")
	case len(raw) > w.limits.MetadataBytes:
		return nil, fail("metadata_too_large")
	}
	return raw, nil
}
