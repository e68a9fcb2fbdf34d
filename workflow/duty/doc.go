// Package duty answers one question: who answers for a unit at this instant?
//
// Each unit has a [Roster], which is the fold of its events. Leaders publish a [Plan] of rotation layers, planned shifts and fixed
// periods; overrides, swaps and absences change single hours of it. For one role at one instant the highest of these decides:
//
//  1. a fixed period (holidays),
//  2. an override or an agreed swap, the later entered first,
//  3. a planned shift (from a file),
//  4. a layer; of several layers of one role, the last listed that has begun.
//
// An absence then removes the person who came out, and nobody slips into the place from further down: whoever was replaced does not
// expect to be rung. The next role answers instead, and the hole is a gap that somebody must mend.
//
// Shifts are half open. They touch and never overlap, through every clock change: a handover time that the day lacks happens at the
// first instant after the jump, one that comes twice happens the first time, and a shift between two handovers that fall together
// does not exist.
//
// What has happened stays true. A plan counts from the moment it takes effect, which is never before it was published; overrides,
// absences and their cancelling reach forward only. So the roster of today still knows who was on duty a year ago.
//
// Who is on duty and who is responsible differ for a while at each handover: the outgoing officer stays responsible until the incoming
// one has accepted, but not longer than the incoming one's shift, and not while absent himself. See [Roster.Responsible]; over all
// units, with the units above standing in, [Book.Answers].
//
// Everything here is a value or immutable, does no I/O and reads no clock. Instants come and go in UTC.
package duty
