// Package workflow is what the bank decided about complaints: who may do what when, what a deadline is, and what must be told. It does
// no I/O, reads no clock and knows nothing of Slack: [Decide] turns a complaint, a command, a person and a time into events or a
// [Refusal], and [Fold] turns events into a complaint. It imports the standard library only.
//
// # The story
//
// A complaint arrives and is opened. In five steps the people of one unit accept it, assign it to a handler, contact the customer,
// handle it with a solution of substance, and feed back; all on the day it arrived. The customer's word closes it, or begins the next
// round.
//
//	 open
//	   │
//	   ▼
//	opened ──accept──▶ accepted ──assign──▶ assigned ◀───────────────────┐
//	   │                                   ▲   │                         │
//	   └───────────────assign──────────────┘   │ contact                 │ round: unsatisfied
//	                                           ▼                         │
//	                                       contacted ──handle──▶ handled ┤ feedback
//	                                           ▲                         │
//	                                           │                         ▼
//	                                        reopen ◀────────────────── closed (satisfied, withdrawn;
//	                                   (to assigned)                     override from any open state)
//
// Beside the steps, an open complaint is graded, given serious kinds and flags, extended; at any time it is commented on and corrected.
//
// # Rules
//
// Tests refer to them by number.
//
//  1. The five steps come in their order. A step too early is refused with the one that comes first, a step twice with who did it when.
//  2. Assigning what nobody accepted accepts it too, in one go; assigning again hands it over. An attempt that did not reach the
//     customer is recorded and completes nothing.
//  3. A solution has substance: so many letters and digits (policy) besides all phrases of sympathy; money paid is named.
//  4. Satisfied and withdrawn close. Unsatisfied begins a round: contact, handle, feedback again, with a day and clocks of its own.
//  5. Without the customer's word only the president of the branch closes, with a reason, shown as override for ever.
//  6. A closed complaint is reopened into a new round. Within the days of the policy that counts against the closing and takes its
//     "same day" away; later it does not.
//  7. Nothing is edited: a correction is an event that keeps the old value. Times are not corrected.
//  8. Rights are the table in rights.go: positions at the unit, above it, or at its branch. State is judged before rights, because
//     "already done by Li" helps more than "you may not".
//  9. Whom a complaint is about may hand it on, reopen it and comment, and nothing else.
//  10. The day of account is the civil day of receipt at the unit, of 23 to 25 hours. Days and spans are half open: done at the deadline is
//     done too late. When less than the window is left of it, late_intake decides: the day ends at midnight (strict), the window
//     after receipt (window), or with the next day (roll). The raw end is kept beside the adjusted one.
//  11. A deadline never moves. Passing unmet it is breached, once, dated to when it was due; a sweep records that, and so does whatever
//     is decided first after it, so that nobody hides a breach by being quicker than the sweep.
//  12. The regulator's deadlines are extended by the unit above, as often and as far as the policy says, from the old deadline on; from
//     the second time on the customer has been told.
//  13. Each night that a complaint is left is flagged once, numbered from its day of account, by the overnight job; where the job comes
//     too early (the window) or finds the day gone (closed, new round) the decision that notices flags it, and the leaders are
//     told by themselves; one that was registered only after its day is flagged and rings nobody.
//  14. Nobody is rung for what is closed.
//  15. Every shape of event ever stored decodes for ever.
//  16. All free text is cleaned and masked on the way in; a customer reference holds masked forms only.
//
// # The ladder
//
// A breach calls people until somebody answers: rung 1 at once, the next ones when a rung's time has passed. The ladder is data in the
// policy; a climb keeps the one it began under, and finds its people when it calls them.
//
//  17. A complaint stands in one place at most. A deadline that passes while a climb goes on is told in the thread and calls nobody anew.
//  18. Acknowledging ends the climb until the next deadline passes; a step that is done, or an attempt at it, ends it too. When the step
//     that is then next is overdue already, it gets a rung's time before anybody is called (rung 0).
//  19. A night enters at the rung of the policy and calls the rungs below it too, each person once. An answer since the day ended
//     holds for that night, work since then for a rung's time.
//  20. A rung with nobody on it is left at once; who has to mend that is on record. Behind the last rung stands head office's standing list.
//  21. After a downtime a climb goes to the rung where it should stand, calls those who were left out, once, and gives them the whole wait.
//  22. Whatever else a decision makes true comes first: work, an answer or a closing at the moment of a ring leaves nothing to ring for.
//  23. Whoever may escalates with a reason, once for what was seen; whoever was called may send a complaint back down, with a reason.
//  24. Whom the complaint is about is not called, and what had passed before it was registered calls nobody.
//  25. Shares of the time of the step that is next are lines in the thread, which ring nobody, and are not told late.
//
// # Outside experts and mediation
//
// Who calls the group calls outside experts (RightGroup). A member of the panel who is invited may answer, and once he has accepted comment and
// give opinions, on that complaint alone; off the panel he may nothing. He has one unanswered invitation at most: a later one replaces it. Whoever
// invited is told once that nothing came back. A mediation is led by a member of the panel and set while no other waits for its outcome; a
// postponement is an outcome too, and comes before the next session. Only a session to come ends with the complaint: of one that was held the
// outcome is asked for, and recorded, after closing as well. How sessions are counted stands at [MediationCount].
//
// # Decisions
//
// 2026-11-23, breaches at midnight. The day's deadlines call the officer and the handler at 00:00; at 00:05 the night calls the leaders,
// unless somebody has answered. We gave up one ring for both, so that a bank without the overnight job is called all the same.
//
// 2026-11-23, recusal. The bank's rule speaks of handlers. It is read as: whom a complaint is about does not decide on it, see its
// customer or correct its text. We gave up that a unit whose only leader is the subject can act alone; the branch acts.
//
// 2026-11-23, breaches at decisions. [Decide] records all deadlines that have passed, by the system, before the command's own events.
// The sweep alone would lose those that end between two sweeps, or while the program was down. The price is that one command
// may store events about several clocks.
//
// 2026-11-23, co-handlers see the customer's data, as the handler does: they may be the ones who call.
//
// 2026-11-23, same day. A closing by the customer's word before the first round's day ended counts as same day, whatever comes later,
// unless a reopening is counted against it.
//
// # Adding a step
//
// One file (command, event, decide, effect), one row in steps.go, one decoder in event.go, its fixture in testdata/events, and its words
// on the Slack side. The tests refuse a step that lacks one of them.
package workflow
