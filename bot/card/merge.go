package card

import (
	"fmt"
	"strings"

	"sameday/bot/words"
	"sameday/workflow"
)

// MergeMenu is the Menu of a [Value] whose button merges at once, into a main.
func MergeMenu(main workflow.ID) string { return "m" + string(main) }

// MergeOf reads what MergeMenu wrote; empty for anything else.
func MergeOf(menu string) workflow.ID {
	main, ok := strings.CutPrefix(menu, "m")
	if !ok {
		return ""
	}
	return workflow.ID(main)
}

// number is another complaint's number, with the way to its thread where that is known.
func (f Face) number(id workflow.ID) string {
	text := escape(string(id), wordLength)
	if f.Link == nil {
		return text
	}
	return link(f.Link(id), text)
}

// merged says what a repeat was merged into, and which repeats a main has.
func (f Face) merged(c workflow.Complaint) string {
	if c.Main != "" {
		return f.Words.T("card.merged", "main", f.number(c.Main))
	}
	if len(c.Repeated) == 0 {
		return ""
	}
	some := make([]string, 0, mostNames)
	for _, id := range c.Repeated[:min(len(c.Repeated), mostNames)] {
		some = append(some, f.number(id))
	}
	return f.Words.T("card.repeated", "list", f.several(some, len(c.Repeated)))
}

// mergeVersion is the part of [MenuVersion] that is new with each merging and separating.
func mergeVersion(c workflow.Complaint) string {
	if c.Main == "" {
		return ""
	}
	return fmt.Sprintf(".m%d", c.MainMark.At.Unix())
}

func (f Face) sayMerged(_ workflow.Complaint, e workflow.Merged) said {
	s := said{what: f.Words.T("line.merged", "main", f.number(e.Into))}
	if e.Named != "" {
		s.also = append(s.also, f.Words.T("line.merged_named", "named", f.number(e.Named), "main", f.number(e.Into)))
	}
	if e.Handler != "" {
		s.also = append(s.also, f.Words.T("line.merged_handler", "name", f.name(e.Handler)))
	}
	return s
}

func (f Face) saySeparated(_ workflow.Complaint, e workflow.Separated) said {
	return said{what: f.Words.T("line.separated", "main", f.number(e.From)), text: e.Reason}
}

func (f Face) sayRepeatMerged(_ workflow.Complaint, e workflow.RepeatMerged) said {
	return said{what: f.Words.T("line.repeat_merged", "repeat", f.number(e.Repeat))}
}

func (f Face) sayRepeatSeparated(_ workflow.Complaint, e workflow.RepeatSeparated) said {
	return said{what: f.Words.T("line.repeat_separated", "repeat", f.number(e.Repeat))}
}

func (f Face) sayFollowed(_ workflow.Complaint, e workflow.Followed) said {
	switch {
	case e.Step != "":
		return said{what: f.Words.T("line.followed", "main", f.number(e.Main), "step", f.enum(words.Step, string(e.Step)))}
	case e.Handler != "":
		return said{what: f.Words.T("line.followed_handler", "main", f.number(e.Main), "name", f.name(e.Handler))}
	}
	return said{what: f.Words.T("line.followed_work", "main", f.number(e.Main))}
}
