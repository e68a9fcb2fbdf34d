package card_test

import (
	"testing"

	"sameday/bot/card"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// The direct messages around outside experts, as each person gets them.
func TestInvitations(t *testing.T) {
	t.Parallel()
	c := samples(t)["outside"].c
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		f.Now = at(9, 31)
		var all []card.Message
		for _, state := range workflow.InvitationStates() {
			v := c.Invitations[0]
			v.State = state
			all = append(all, card.Invitation(f, c, v))
		}
		golden(t, language+"/invitation", all...)
		golden(t, language+"/invitation_waiting", card.Waiting(f, c, c.Invitations[2]))
		golden(t, language+"/invitation_over", card.Dismissed(f, c, c.Invitations[0]))
		h := card.Home(f, card.HomeView{Person: "U0LAW", Stranger: true, Invited: []card.HomeInvitation{
			{Complaint: c.ID, Unit: c.Unit, Invitation: c.Invitations[0]}, {Complaint: c.ID, Unit: c.Unit, Invitation: c.Invitations[2]},
		}})
		golden(t, language+"/home_expert", card.Message{Text: "home", Blocks: h.Blocks.BlockSet})
		golden(t, language+"/session_ahead", card.SessionAhead(f, c, c.Sessions[0]))
		golden(t, language+"/session_missing", card.SessionMissing(f, c, c.Sessions[0]))
	})
}

func TestMediations(t *testing.T) {
	t.Parallel()
	day := calendar.Day{Year: 2026, Month: 11, Day: 23}
	stat := func(r workflow.MediationResult, leader string, kinds ...workflow.SeriousKind) workflow.MediationStat {
		s := workflow.MediationStat{Result: r, Leader: "U0LAW", Source: workflow.SourceNFRA, Kinds: kinds}
		if leader != "" {
			s.Leader, s.Source, s.AmountFen = "U0QIN", workflow.SourceCounter, 128_000
		}
		return s
	}
	year := workflow.MakeMediations(day, []workflow.MediationStat{
		stat(workflow.MediationAgreed, "x"), stat(workflow.MediationAgreed, "", workflow.KindCompensation, workflow.KindDispute),
		stat(workflow.MediationNotAgreed, "", workflow.KindCompensation), stat(workflow.MediationAbsent, "x"), stat(workflow.MediationPostponed, ""),
	})
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		golden(t, language+"/mediation_year", card.Mediations(f, "shanghai", year)...)
		golden(t, language+"/mediation_none", card.Mediations(f, "shanghai", workflow.MakeMediations(day, nil))...)
		q := workflow.Quality{From: day.Add(-7), To: day.Add(-1), Mediation: &year.Total}
		golden(t, language+"/quality_mediation", card.Quality(f, "shanghai", q)...)
	})
}

func TestInvitationMenu(t *testing.T) {
	t.Parallel()
	for menu, want := range map[string]int{card.InvitationMenu(12): 12, "e0": 0, "e": 0, "d3": 0, "": 0, "e-1": 0, "1.contact.5e": 0} {
		if got := card.InvitationOf(menu); got != want {
			t.Errorf("InvitationOf(%q) = %d, want %d", menu, got, want)
		}
	}
}
