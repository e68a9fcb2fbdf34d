package workflow

import (
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Inquiry is what branches ask each morning (每日查询): each source is asked "anything for us?", and "none" is an answer too. The zero
// value asks nothing.
type Inquiry struct {
	Sources            []InquirySource
	DueHour, DueMinute int // wall-clock time in the branch's zone by which every source must be answered
}

// InquirySource is a source that is asked, and who is to ask it: the first of the positions that somebody at the branch holds. Where nobody
// does, the officer on duty asks.
type InquirySource struct {
	Source Source
	Ask    []org.Position
}

// DefaultInquiry asks head office's customer service, the central bank and the banking regulator, until 10:00.
func DefaultInquiry() Inquiry {
	return Inquiry{DueHour: 10, Sources: []InquirySource{
		{Source: SourceHeadOffice, Ask: []org.Position{org.DepartmentContact, org.ConsumerProtection}},
		{Source: SourcePBOC, Ask: []org.Position{org.ConsumerProtection}},
		{Source: SourceNFRA, Ask: []org.Position{org.ConsumerProtection}},
	}}
}

// Morning is what a notice tells beside its figures. It is kept with the run, so that the notice can be made again.
type Morning struct {
	Inquiries []InquiryDay   `json:"inquiries,omitempty"`
	Duty      []OnDuty       `json:"duty,omitempty"`
	Counts    MorningCounts  `json:"counts,omitzero"`
	Sentences []HeadSentence `json:"sentences,omitempty"`
}

// Empty reports whether there is nothing to tell.
func (m Morning) Empty() bool {
	return len(m.Inquiries) == 0 && len(m.Duty) == 0 && m.Counts == MorningCounts{} && len(m.Sentences) == 0
}

// MorningCounts are figures of other parts of the desk; one that is nil is not told.
type MorningCounts struct {
	Groups     *int `json:"groups,omitempty"`     // emergency groups at work
	Directives *int `json:"directives,omitempty"` // open
	Overdue    *int `json:"overdue,omitempty"`    // of those
	Unread     *int `json:"unread,omitempty"`     // reports
}

// InquiryDay is how a branch's inquiry of a day stands.
type InquiryDay struct {
	Unit    org.UnitID      `json:"unit"`
	Day     calendar.Day    `json:"day"`
	Sources []InquiryAnswer `json:"sources"`
}

// InquiryAnswer is what one source answered. Answered is false for one that has not been asked, and Late then says that it is overdue.
type InquiryAnswer struct {
	Source     Source `json:"source"`
	Answered   bool   `json:"answered,omitempty"`
	Late       bool   `json:"late,omitempty"`
	Complaints []ID   `json:"complaints,omitempty"` // none when the answer was "none"
}

// OnDuty is who answers for a unit.
type OnDuty struct {
	Unit   org.UnitID   `json:"unit"`
	Person org.PersonID `json:"person"`
	Next   org.PersonID `json:"next,omitempty"` // who follows before the next notice, where that is another
}

// HeadSentence is what one of those in whose name the notice goes out added to it.
type HeadSentence struct {
	Position org.Position `json:"position"`
	Person   org.PersonID `json:"person"`
	Text     string       `json:"text"`
}
