// Package grammar turns what people type behind a slash command (or behind the
// bot's name) into words. It knows shapes, not meanings: quotes, numbers,
// mentions, amounts and times; the verbs come from the caller.
//
// People type on phones, in Chinese and in English. So smart quotes, corner
// brackets, full-width digits, every kind of dash and a verb with no space
// behind it (受理7) are understood, and an unknown verb comes back with the
// nearest ones. There is no escape character and no comment character, and no
// input is an error: what is not understood is text.
//
// All functions are pure, safe for concurrent use, and take any bytes without
// a panic.
package grammar
