package blockkit

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Blocks per surface.
const (
	messageBlocks = 50
	viewBlocks    = 100
)

// CheckBlocks says what Slack would refuse in an array of blocks meant for surface s, in document order, nothing when it
// would accept them. base is put in front of every pointer: base "" gives "/blocks/0/text", base "/attachments/0" gives
// "/attachments/0/blocks/0/text". Empty input and null count as no blocks; whether a call without blocks is allowed is
// the caller's question. The rule about one table for a message and the 12,000 characters for all markdown blocks are
// applied; the limit for all text of a message is not, see [TextLength].
func CheckBlocks(raw json.RawMessage, s Surface, base string) []Problem {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	c := newChecker(s)
	c.blockArray(decode(raw), base+"/blocks")
	return c.problems
}

func (c *checker) blockArray(v any, at string) {
	most := viewBlocks
	if c.surface == Message {
		most = messageBlocks
	}
	list(0, most, anyBlock)(c, v, at)
}

// CheckView says what Slack would refuse in a whole view, modal or Home tab, as given to views.open, push, update and
// publish. Pointers start with "/view". The size of the view (250 kB) and whether external_id is free are the caller's
// to check.
func CheckView(raw json.RawMessage) []Problem {
	const at = "/view"
	c := newChecker(Modal)
	o, typ, ok := c.typeOf(decode(raw), at)
	if !ok {
		return c.problems
	}
	s, known := viewShapes[typ]
	if !known {
		c.report(at+"/type", mustBeEnum)
		return c.problems
	}
	if typ == "home" {
		c.surface = Home
	}
	s.judge(c, o, at)
	return c.problems
}

// viewShapes is the table of views. submit_disabled and other fields of old workflow steps are refused as Slack does.
var viewShapes = map[string]shape{
	"modal": typed(
		need("title", plain(24)), need("blocks", viewBlocksCheck), may("submit", plain(24)), may("close", plain(24)),
		may("private_metadata", str(0, 3000)), may("callback_id", str(0, idLength)),
		may("external_id", str(0, idLength)), may("clear_on_close", boolean), may("notify_on_close", boolean),
	).with(inputNeedsSubmit),
	"home": typed(
		need("blocks", viewBlocksCheck), may("private_metadata", str(0, 3000)), may("callback_id", str(0, idLength)),
		may("external_id", str(0, idLength))),
}

func viewBlocksCheck(c *checker, v any, at string) { c.blockArray(v, at) }

// inputNeedsSubmit reports the first input block of a modal that has no submit button.
func inputNeedsSubmit(c *checker, o object, at string) {
	if _, ok := o["submit"]; ok {
		return
	}
	for i, b := range asList(o["blocks"]) {
		if stringAt(b, "type") == "input" {
			c.report(at+"/blocks/"+strconv.Itoa(i)+"/input", submitRequired)
			return
		}
	}
}

// IsArray says whether raw is valid JSON and an array. Slack answers invalid_blocks_format when blocks are not.
func IsArray(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '[' && json.Valid(raw)
}
